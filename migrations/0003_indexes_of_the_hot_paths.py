from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('core', '0002_blocked_numbers_and_push_pace')]

    initial = False

    operations = [
        ops.AddIndex(
            model_name='Allocation',
            index=Index(fields=['payment_id']),
        ),
        ops.AddIndex(
            model_name='Allocation',
            index=Index(fields=['transaction_id']),
        ),
        ops.RemoveIndex(
            model_name='InboundEvent',
            name=None,
            fields=['source', 'handled_at'],
        ),
        ops.AddIndex(
            model_name='InboundEvent',
            index=Index(fields=['source', 'handled_at', 'id']),
        ),
        ops.AddIndex(
            model_name='Payment',
            index=Index(fields=['client_id', 'credit_kes']),
        ),
        ops.AddIndex(
            model_name='StkPush',
            index=Index(fields=['transaction_id']),
        ),
        ops.AddIndex(
            model_name='Transaction',
            index=Index(fields=['subscription_id']),
        ),
        ops.AddIndex(
            model_name='Transaction',
            index=Index(fields=['client_id']),
        ),
    ]
