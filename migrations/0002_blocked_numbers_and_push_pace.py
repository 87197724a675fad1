from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('core', '0001_initial')]

    initial = False

    operations = [
        ops.CreateModel(
            name='BlockedNumber',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('phone_number', fields.CharField(unique=True, max_length=12)),
                ('by', fields.CharField(max_length=60)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'blocked_numbers', 'app': 'core', 'pk_attr': 'id', 'table_description': 'A phone whose holder wants no prompts, from whomever.'},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='Pace',
            name='filled_until',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
    ]
