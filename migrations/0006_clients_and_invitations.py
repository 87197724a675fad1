from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from core.models.catalog import Retirement
from core.models.exchange import NotificationState
from json import dumps, loads
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('core', '0005_people_and_their_rights')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Email',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('owner', fields.ForeignKeyField('core.User', source_field='owner_id', db_constraint=True, to_field='id', related_name='emails', on_delete=OnDelete.RESTRICT)),
                ('dedupe_key', fields.CharField(unique=True, max_length=120)),
                ('subject', fields.CharField(db_index=True, max_length=60)),
                ('address', fields.CharField(max_length=254)),
                ('language', fields.CharField(default='en', max_length=8)),
                ('template', fields.CharField(max_length=40)),
                ('params', fields.JSONField(default=dict, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('not_before', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('leased_until', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('attempts', fields.IntField(default=0)),
                ('state', fields.CharEnumField(default=NotificationState.QUEUED, description='QUEUED: QUEUED\nSENT: SENT\nUNREACHABLE: UNREACHABLE\nFAILED: FAILED', enum_type=NotificationState, max_length=12)),
                ('detail', fields.CharField(null=True, max_length=300)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('sent_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'emails', 'app': 'core', 'indexes': [Index(fields=['state', 'not_before'])], 'pk_attr': 'id', 'table_description': 'One e-mail that must go out, written in the transaction that makes it true.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='RetiredInvitation',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('subscription', fields.ForeignKeyField('core.Subscription', source_field='subscription_id', db_constraint=True, to_field='id', related_name='retired_invitations', on_delete=OnDelete.RESTRICT)),
                ('token', fields.CharField(unique=True, max_length=64)),
                ('reason', fields.CharEnumField(description='REPLACED: REPLACED\nREVOKED: REVOKED', enum_type=Retirement, max_length=10)),
                ('retired_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'retired_invitations', 'app': 'core', 'pk_attr': 'id', 'table_description': 'A link that its owner took back, so that whoever opens it is told so.'},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='Subscription',
            name='invitation_opened_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Subscription',
            name='next_amount_kes',
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name='Subscription',
            name='next_plan',
            field=fields.ForeignKeyField('core.ServicePlan', source_field='next_plan_id', null=True, db_constraint=True, to_field='id', related_name='awaited_by', on_delete=OnDelete.RESTRICT),
        ),
        ops.AddField(
            model_name='Subscription',
            name='resume_on',
            field=fields.DateField(null=True),
        ),
        ops.AddIndex(
            model_name='Subscription',
            index=Index(fields=['cancel_at']),
        ),
        ops.AddIndex(
            model_name='Subscription',
            index=Index(fields=['resume_on']),
        ),
    ]
