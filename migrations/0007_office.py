from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from core.billing.permissions import Role
from json import dumps, loads
from tortoise.fields.base import OnDelete
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('core', '0006_clients_and_invitations')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Membership',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('owner', fields.ForeignKeyField('core.User', source_field='owner_id', db_constraint=True, to_field='id', related_name='staff', on_delete=OnDelete.RESTRICT)),
                ('user', fields.ForeignKeyField('core.User', source_field='user_id', null=True, db_constraint=True, to_field='id', related_name='memberships', on_delete=OnDelete.RESTRICT)),
                ('role', fields.CharEnumField(description='CASHIER: CASHIER\nMANAGER: MANAGER', enum_type=Role, max_length=8)),
                ('member_key', fields.CharField(null=True, unique=True, max_length=40)),
                ('token_hash', fields.CharField(null=True, unique=True, max_length=64)),
                ('expires_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('joined_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('ended_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'memberships', 'app': 'core', 'pk_attr': 'id', 'table_description': "What a person may do in an owner's business. Without a person it is an invitation."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Preferences',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('owner', fields.ForeignKeyField('core.User', source_field='owner_id', db_constraint=True, to_field='id', related_name='preferences', on_delete=OnDelete.RESTRICT)),
                ('owner_key', fields.BigIntField(unique=True)),
                ('billing_minute', fields.IntField(null=True)),
                ('start_minute', fields.IntField(null=True)),
                ('end_minute', fields.IntField(null=True)),
                ('max_retries', fields.IntField(null=True)),
                ('grace_days', fields.IntField(null=True)),
                ('notices', fields.JSONField(default=dict, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('digest_minute', fields.IntField(null=True)),
                ('digest_on', fields.DateField(null=True)),
            ],
            options={'table': 'preferences', 'app': 'core', 'pk_attr': 'id', 'table_description': 'How an owner wants his business run. What is None is as the operator has it.'},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='ApiKey',
            name='hint',
            field=fields.CharField(null=True, max_length=8),
        ),
        ops.AddField(
            model_name='ApiKey',
            name='made_by_id',
            field=fields.BigIntField(null=True),
        ),
        ops.AddField(
            model_name='MerchantAccount',
            name='checking_transaction_id',
            field=fields.BigIntField(null=True),
        ),
        ops.AddField(
            model_name='Notification',
            name='is_silent',
            field=fields.BooleanField(null=True),
        ),
        ops.AddField(
            model_name='Transaction',
            name='grace_days',
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name='Transaction',
            name='max_retries',
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name='User',
            name='acts_for_id',
            field=fields.BigIntField(null=True),
        ),
    ]
