"""Texts, erased: of whole cases, and of one person wherever they stand. Ids, states, times and digests stay, and so does the audit.

What is erased is no longer there: rows keep their place with a marker or nothing in it. A case is erased only when nothing of it is
still to be done (`unfinished`). Runs under the owner's role.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

ERASED = "[erased]"
MOST = 500
"""Cases in one transaction."""

EVENT_IDS = "('direct', 'mention', 'in_thread', 'shared', 'place', 'foreign', 'secret', 'case', 'approval', 'call', 'what')"
CASE_IDS = "('reported', 'threads', 'spoke', 'not_yet')"


def _only(column: str, names: str) -> str:
    return f"(SELECT coalesce(jsonb_object_agg(k, v), '{{}}') FROM jsonb_each({column}) AS e(k, v) WHERE k IN {names})"


OF_CASES = (
    'DELETE FROM transcript WHERE "case" = ANY(:cases)',
    """
    UPDATE plan SET words = '', needs = '{}', learnt = '{}', choices = '[]', asked = '', reason = '',
      title = CASE WHEN runbook = '' THEN '[erased]' ELSE title END
    WHERE "case" = ANY(:cases)
    """,
    """
    UPDATE tool_call SET arguments = '{}', facts = '{}', origins = '[]', result = NULL,
      reason = '', purpose = '', sentence = '[erased]', summary = '',
      tool = CASE WHEN system = '' AND digest = '' THEN '[erased]' ELSE tool END,
      resource = resource - 'label' - 'facts' - 'people',
      "check" = CASE WHEN "check" IS NOT NULL THEN jsonb_build_object('held', "check"->'held', 'observed', '', 'how', '') END
    WHERE "case" = ANY(:cases)
    """,
    """
    UPDATE approval SET votes = (SELECT coalesce(jsonb_agg(v || '{"reason": ""}'), '[]') FROM jsonb_array_elements(votes) AS v),
      questions = '[]'
    WHERE "case" = ANY(:cases)
    """,
    "UPDATE outbox SET content = '{}', last_error = '' WHERE \"case\" = ANY(:cases)",
    f"UPDATE \"case\" SET title = '[erased]', data = {_only('data', CASE_IDS)} WHERE id = ANY(:cases)",
    f"UPDATE inbox SET text = '', data = {_only('data', EVENT_IDS)} WHERE \"case\" = ANY(:cases)",
)

OPEN = """
FROM "case" c WHERE c.state NOT IN ('closed', 'handed_over')
  OR EXISTS (SELECT FROM tool_call t WHERE t."case" = c.id AND t.state IN ('waiting', 'started'))
  OR EXISTS (SELECT FROM outbox o WHERE o."case" = c.id AND o.state = 'pending')
  OR EXISTS (SELECT FROM inbox i WHERE i."case" = c.id AND i.handled IS NULL)
  OR EXISTS (SELECT FROM due d WHERE d.data->>'case' = c.id AND d.what IN ('review', 'approval_expire', 'approval_remind'))
"""
"""Cases of which something is still to be done. Access that ends one day keeps none open: its end is written down by ids."""

STANDING = """
SELECT c.id, c.state,
  (SELECT min(d.at) FROM due d WHERE d.data->>'case' = c.id AND d.what IN ('case_silent', 'case_abandoned')) AS closes,
  EXISTS (SELECT FROM tool_call t WHERE t."case" = c.id AND t.state = 'waiting') AS asked,
  EXISTS (SELECT FROM tool_call t WHERE t."case" = c.id AND t.state = 'started') AS performed,
  EXISTS (SELECT FROM outbox o WHERE o."case" = c.id AND o.state = 'pending') AS unsaid,
  EXISTS (SELECT FROM inbox i WHERE i."case" = c.id AND i.handled IS NULL) AS unread,
  EXISTS (SELECT FROM due d WHERE d.data->>'case' = c.id AND d.what = 'review') AS review,
  EXISTS (SELECT FROM due d WHERE d.data->>'case' = c.id AND d.what IN ('approval_expire', 'approval_remind')) AS timed
FROM "case" c WHERE c.id = ANY(:cases) ORDER BY c.position
"""
"""How these cases stand."""

IN_OTHERS = (
    """
    DELETE FROM transcript t USING inbox i
    WHERE i.sender = :slack_id AND t.data->>'event' = i.key AND t."case" <> ALL(:open)
    """,
    """
    DELETE FROM transcript t USING inbox i
    WHERE i.data->'quoted'->>'by' = :slack_id AND t.data->>'event' = i.key || '#quoted' AND t."case" <> ALL(:open)
    """,
    "UPDATE inbox SET data = data - 'quoted' WHERE data->'quoted'->>'by' = :slack_id AND \"case\" <> ALL(:open)",
    f"""
    UPDATE inbox SET text = '', data = {_only("data", EVENT_IDS)}
    WHERE sender = :slack_id AND handled IS NOT NULL AND "case" <> ALL(:open)
    """,
    """
    UPDATE tool_call SET facts = '{}', resource = resource - 'label' - 'facts' - 'people'
    WHERE :handle IN (principal, beneficiary, resource->>'owner') AND "case" <> ALL(:open)
    """,
    """
    UPDATE approval SET votes = (
      SELECT jsonb_agg(CASE WHEN v->>'by' = :handle THEN v || '{"reason": ""}' ELSE v END) FROM jsonb_array_elements(votes) AS v
    )
    WHERE votes @> jsonb_build_array(jsonb_build_object('by', CAST(:handle AS text))) AND "case" <> ALL(:open)
    """,
    """
    UPDATE approval SET questions = (
      SELECT jsonb_agg(CASE WHEN q->>'by' = :handle THEN q || '{"text": ""}' ELSE q END) FROM jsonb_array_elements(questions) AS q
    )
    WHERE questions @> jsonb_build_array(jsonb_build_object('by', CAST(:handle AS text))) AND "case" <> ALL(:open)
    """,
    "UPDATE outbox SET content = '{}' WHERE person = :slack_id AND state <> 'pending' AND \"case\" <> ALL(:open)",
    """UPDATE "freeze" SET because = '[erased]' WHERE by = :handle AND lifted_at IS NOT NULL""",
    "DELETE FROM notice WHERE slack_id = :slack_id",
)

BLANKED = {
    "transcript": ("text", "data", '"case"'),
    "inbox": ("text", "data", '"case"'),
    "outbox": ("content", '"case"'),
    "plan": ("title", "words", "reason", "needs", "learnt", "choices", '"case"'),
    "tool_call": ("arguments", "origins", "reason", "purpose", "sentence", "summary", "result", '"check"', "resource", '"case"'),
    "approval": ("votes", "questions", '"case"'),
    '"case"': ("title", "data", "id"),
}
"""Where a word may stand in cases of others: columns, and last the one that names the case."""
COPIED = {
    "transcript": ("text", "CASE WHEN role <> 'requester' THEN \"case\" END"),
    "outbox": ("content", '"case"'),
    "plan": ("reason", '"case"'),
    "tool_call": ("reason", '"case"'),
}
"""Where a question, or the reason of an answer, is repeated in its case."""
ANSWERS = """
SELECT a.id, a."case", a.votes, a.questions, :handle IN (t.beneficiary, t.resource->>'owner') AS about
FROM approval a JOIN tool_call t ON t.id = a.call
WHERE a.kind = 'approval' AND a."case" = ANY(:open) ORDER BY a.id FOR UPDATE OF a
"""
JSON = frozenset(
    {"data", "content", "needs", "learnt", "choices"}
    | {"arguments", "origins", "result", '"check"', "resource", "votes", "questions"}
)


async def unfinished(session: AsyncSession, slack_id: str = "", handle: str = "") -> list[str]:
    """Cases of which something is still to be done: of one person, or of everybody."""
    found = await session.scalars(sa.text(f"SELECT c.id {OPEN} ORDER BY c.position"))
    still = list(found)
    if not slack_id and not handle:
        return still
    mine = set(await cases_of(session, slack_id, handle))
    return [case for case in still if case in mine]


async def standing(session: AsyncSession, cases: Sequence[str]) -> Sequence[Any]:
    """Of each of these cases its `id`, `state`, when it `closes` by itself (None: it does not), and what of it is still to be
    done: `asked`, `performed`, `unsaid`, `unread`, `review`, `timed`.
    """
    return (await session.execute(sa.text(STANDING), {"cases": list(cases)})).all()


async def cases_of(session: AsyncSession, slack_id: str, handle: str) -> list[str]:
    """Cases that this person asked for."""
    chosen = 'SELECT id FROM "case" WHERE slack_id = :slack_id OR requester = :handle ORDER BY position'
    return list(await session.scalars(sa.text(chosen), {"slack_id": slack_id, "handle": handle}))


async def unread(session: AsyncSession, slack_id: str) -> bool:
    """Whether something that this person wrote has not been taken up yet."""
    chosen = "SELECT EXISTS (SELECT FROM inbox WHERE sender = :slack_id AND handled IS NULL)"
    return bool(await session.scalar(sa.text(chosen), {"slack_id": slack_id}))


async def cases(session: AsyncSession, chosen: Sequence[str]) -> None:
    """Erase the texts of these cases."""
    for begin in range(0, len(chosen), MOST):
        for statement in OF_CASES:
            await session.execute(sa.text(statement), {"cases": list(chosen[begin : begin + MOST])})


async def person(session: AsyncSession, slack_id: str, handle: str, names: Sequence[str]) -> list[str]:
    """Erase what this person wrote and what is told of them, in their own cases and in others'; the cases that are theirs.

    `names`: their name and mail address. They are blanked where they stand in others' cases that are over, and so is what this
    person wrote there as a reason. In a case that goes on, what those who were asked wrote by or about them goes at once.
    """
    mine = await cases_of(session, slack_id, handle)
    still = await unfinished(session)
    words = [*names, *await _reasons(session, handle)]
    await cases(session, mine)
    about = {"slack_id": slack_id, "handle": handle, "open": still}
    for statement in IN_OTHERS:
        bound = sa.text(statement)
        await session.execute(bound, {name: about[name] for name in about if f":{name}" in statement})
    await _blank(session, words, BLANKED, "<> ALL(:cases)", still)
    await _answers(session, handle, names, still)
    return mine


async def _reasons(session: AsyncSession, handle: str) -> list[str]:
    """What this person wrote as reasons of their answers and of freezes."""
    chosen = """
        SELECT v->>'reason' FROM approval, jsonb_array_elements(votes) AS v WHERE v->>'by' = :handle
        UNION SELECT q->>'text' FROM approval, jsonb_array_elements(questions) AS q WHERE q->>'by' = :handle
        UNION SELECT because FROM "freeze" WHERE by = :handle AND lifted_at IS NOT NULL
    """
    return [one for one in await session.scalars(sa.text(chosen), {"handle": handle}) if one]


async def _blank(
    session: AsyncSession, words: Iterable[str], places: Mapping[str, tuple[str, ...]], within: str, cases: Sequence[str]
) -> None:
    """Put a marker where these words stand; `within` says of a case, compared with `:cases`, whether it is one of those."""
    for word in sorted({one for one in words if len(one) > 2}, key=len, reverse=True):  # noqa: PLR2004 - "no" is nobody's
        values = {"word": word, "quoted": json.dumps(word, ensure_ascii=False)[1:-1], "cases": list(cases)}
        for table, (*columns, case) in places.items():
            for column in columns:
                needle = "CAST(:quoted AS text)" if column in JSON else "CAST(:word AS text)"
                new = f"replace({column}::text, {needle}, '{ERASED}')"
                new = f"{new}::jsonb" if column in JSON else new
                where = f"strpos({column}::text, {needle}) > 0 AND {case} {within}"
                statement = f"UPDATE {table} SET {column} = {new} WHERE {where}"
                used = {name: value for name, value in values.items() if f":{name}" in statement}
                await session.execute(sa.text(statement), used)


async def _answers(session: AsyncSession, handle: str, names: Sequence[str], still: Sequence[str]) -> None:
    """In cases that go on: the questions and reasons of those who were asked, where they are this person's or about them.

    Nobody needs them to go on: it counts who said yes, not why. About them is what names them, and all that is said of a call that
    they gain by or own something in.
    """
    words = [one for one in names if one]
    found = await session.execute(sa.text(ANSWERS), {"handle": handle, "open": list(still)})
    for one in found.all():
        said = [(str(vote["by"]), str(vote["reason"])) for vote in one.votes]
        said += [(str(question["by"]), str(question["text"])) for question in one.questions]
        gone = {text for by, text in said if text and (one.about or by == handle or any(word in text for word in words))}
        if gone:
            votes = [{**vote, "reason": ERASED} if vote["reason"] in gone else vote for vote in one.votes]
            questions = [{**question, "text": ERASED} if question["text"] in gone else question for question in one.questions]
            kept = {"id": one.id, "votes": json.dumps(votes), "questions": json.dumps(questions)}
            statement = "UPDATE approval SET votes = CAST(:votes AS jsonb), questions = CAST(:questions AS jsonb) WHERE id = :id"
            await session.execute(sa.text(statement), kept)
            await _blank(session, gone, COPIED, "= ANY(:cases)", [one.case])


# ── by age ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def old_cases(session: AsyncSession, before: datetime) -> list[str]:
    """Cases that are over, that nobody touched since `before`, and that have texts still."""
    chosen = f"""
        SELECT id FROM "case" WHERE updated < :before AND id NOT IN (SELECT c.id {OPEN})
          AND (title <> '{ERASED}' OR EXISTS (SELECT FROM transcript t WHERE t."case" = id)) ORDER BY position
    """
    return list(await session.scalars(sa.text(chosen), {"before": before}))


async def old_words(session: AsyncSession, before: datetime) -> None:
    """What came in and went out before `before` and belongs to no case: small talk, notices."""
    events = (
        f"UPDATE inbox SET text = '', data = {_only('data', EVENT_IDS)} WHERE \"case\" = '' AND handled < :before AND text <> ''"
    )
    posts = "UPDATE outbox SET content = '{}' WHERE \"case\" = '' AND state <> 'pending' AND created < :before AND content <> '{}'"
    for statement in (events, posts):
        await session.execute(sa.text(statement), {"before": before})
