from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('core', '0003_indexes_of_the_hot_paths')]

    initial = False

    operations = [
        ops.AddField(
            model_name='Transaction',
            name='void_reason',
            field=fields.CharField(null=True, max_length=200),
        ),
    ]
