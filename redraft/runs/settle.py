"""What follows from the end of a run: done when it ends, and again by a sweeper if the process died in between."""

from collections.abc import Mapping

from redraft.conversations import ConversationStore, StoredMessage, WhenDeleted, count_write, message_writes
from redraft.db import Database, Write
from redraft.runs.models import RunRecord
from redraft.runs.store import RunStore
from redraft.runs.work import Work
from redraft.usage import call_writes
from redraft.vault import OwnerKey, Vault


class Settler:
    """Settles ended runs. Every write bears repetition, so nobody need know whether it was done before."""

    def __init__(
        self,
        store: RunStore,
        conversations: ConversationStore,
        database: Database,
        vault: Vault,
        kinds: Mapping[str, Work],
        *,
        operator_pays: bool = False,
    ) -> None:
        self._store = store
        self._conversations = conversations
        self._database = database
        self._vault = vault
        self._kinds = kinds
        self._operator_pays = operator_pays
        self.when_gone: list[WhenDeleted] = []

    async def settle(self, record: RunRecord) -> None:
        """Do everything that follows from an ended run; doing it again changes nothing."""
        writes = self.writes(record, await self._vault.key(record.owner_id))
        if await self._database.write(writes) < len(writes):
            await self.drop_if_deleted(record)

    def writes(self, record: RunRecord, key: OwnerKey) -> list[Write]:
        """All that follows from an ended run, and at last that it is settled."""
        assert record.ended_at is not None  # noqa: S101  ended runs only
        return [
            *turn_writes(record, key),
            *call_writes(
                record.id,
                record.owner_id,
                record.kind,
                record.calls,
                record.ended_at,
                record.budget_id,
                operator_pays=self._operator_pays,
            ),
            *self._kinds[record.kind].settle(record, key),
            self._store.settled(record.owner_id, record.id),
        ]

    async def keep_asked(self, record: RunRecord) -> None:
        """Keep the user's messages of a turn that has its place."""
        await self._database.write(asked_writes(record, await self._vault.key(record.owner_id)))

    async def drop_if_deleted(self, record: RunRecord) -> None:
        """Delete again what was stored for a conversation that had been deleted meanwhile: messages, a summary.

        For runs of which a write has found nothing.
        """
        conversation_id = record.turn.conversation_id if record.turn else record.input.get("conversation_id")
        if conversation_id is None or await self._conversations.get(record.owner_id, conversation_id) is not None:
            return
        await self._conversations.delete_messages(record.owner_id, conversation_id)
        for do in self.when_gone:
            await do(record.owner_id, conversation_id)


def asked_writes(record: RunRecord, key: OwnerKey) -> list[Write]:
    """The writes that keep the user's messages of a turn that has its place in its conversation."""
    return message_writes(_asked(record), key)


def turn_writes(record: RunRecord, key: OwnerKey) -> list[Write]:
    """The writes that keep an ended turn in its conversation: the answer, if there is any, and the new count."""
    turn = record.turn
    if turn is None or turn.after is None:
        return []
    kept = _asked(record) if record.attempt > 1 or record.waited else []
    count = turn.after + len(turn.messages)
    if record.outcome is not None and record.outcome.message:
        count += 1
        kept.append(
            StoredMessage(
                id=record.answer_id,
                conversation_id=turn.conversation_id,
                owner_id=record.owner_id,
                seq=count,
                role="assistant",
                content=record.outcome.message,
                status=record.message_status,
                run_id=record.id,
                created_at=record.ended_at or record.created_at,
                links_added=record.outcome.links_added,
            )
        )
    counted = count_write(record.owner_id, turn.conversation_id, count, record.ended_at or record.created_at)
    return [*message_writes(kept, key), counted]


def _asked(record: RunRecord) -> list[StoredMessage]:
    turn = record.turn
    if turn is None or turn.after is None:
        return []
    return [
        StoredMessage(
            id=f"{record.answer_id}_{place}",
            conversation_id=turn.conversation_id,
            owner_id=record.owner_id,
            seq=turn.after + place,
            role=message["role"],
            content=message["content"],
            status="complete",
            run_id=record.id,
            created_at=record.created_at,
        )
        for place, message in enumerate(turn.messages, start=1)
    ]
