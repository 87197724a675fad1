from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('core', '0004_void_reasons')]

    initial = False

    operations = [
        ops.CreateModel(
            name='PromptStop',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('stop_key', fields.CharField(unique=True, max_length=10)),
                ('reason', fields.CharField(max_length=300)),
                ('by', fields.CharField(max_length=60)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'prompt_stops', 'app': 'core', 'pk_attr': 'id', 'table_description': 'While this row is there nobody is prompted, whoever owns the bill and whoever asks.'},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='Client',
            name='erased_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Client',
            name='phone_claimed_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Client',
            name='phone_confirmed_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Client',
            name='reminders_off_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='StkPush',
            name='watcher_chat_id',
            field=fields.BigIntField(null=True),
        ),
        ops.AddField(
            model_name='StkPush',
            name='watcher_message_id',
            field=fields.BigIntField(null=True),
        ),
        ops.AddField(
            model_name='Subscription',
            name='paused_by_client_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='User',
            name='suspension_reason',
            field=fields.CharField(null=True, max_length=300),
        ),
    ]
