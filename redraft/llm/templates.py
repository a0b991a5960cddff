"""Messages for servers whose chat templates are strict: roles take turns, the user is last, system comes first."""

import re
from typing import Literal

from redraft.llm.ask import Message

Form = Literal["plain", "turns", "turns without system"]

STRICT = re.compile(
    r"roles? (?:must|should|need to|have to)(?: be)? alternat|must alternate|should be alternating|alternate user"
    r"|system (?:message|prompt|role|instruction)s?\b.{0,40}(?:beginning|first|start|only|once|position)"
    r"|(?:only|first).{0,30}system (?:message|role)|unexpected role|invalid role|unsupported role|expected last role"
    r"|last message must|must end with a? ?user|last.{0,20}role.{0,20}user|start with a user|first message.{0,20}user"
    r"|after the optional system|consecutive .{0,20}(?:messages|roles)|same role|raise_exception|jinja",
    re.IGNORECASE,
)
NO_SYSTEM = re.compile(
    r"system[`'\"]? (?:role|message|prompt|instruction)s?\b.{0,40}"
    r"(?:not (?:be )?(?:support|allow|enabl|accept|permit)|unsupport)"
    r"|not support.{0,20}system|only.{0,20}user.{0,15}assistant|developer instruction is not|unsupported.{0,10}system"
    r"|role[`'\"]?:? [`'\"]?system[`'\"]?.{0,20}not",
    re.IGNORECASE,
)


def next_form(form: Form, message: str) -> Form | None:
    """How to say it after a refusal with this text; None where it is not about roles, or nothing is left to try."""
    if form == "turns without system":
        return None
    if NO_SYSTEM.search(message):
        return "turns without system"
    if STRICT.search(message):
        return "turns" if form == "plain" else "turns without system"
    return None


def formed(messages: list[Message], form: Form) -> list[Message]:
    """The messages in this form. None is lost: later system messages are said by the user, neighbours become one."""
    if form == "plain":
        return messages
    leading = next((at for at, each in enumerate(messages) if each["role"] != "system"), len(messages))
    system = _joined([each["content"] for each in messages[:leading]]) if leading else None
    turns: list[Message] = []
    if system is not None and (form == "turns without system" or leading == len(messages)):
        turns.append({"role": "user", "content": system})
        system = None
    for each in messages[leading:]:
        role = "assistant" if each["role"] == "assistant" else "user"
        if not turns and role == "assistant":
            turns.append({"role": "user", "content": "…"})
        if turns and turns[-1]["role"] == role:
            turns[-1] = {**turns[-1], "content": _joined([turns[-1]["content"], each["content"]])}
        else:
            turns.append({**each, "role": role})
    if turns and turns[-1]["role"] == "assistant":
        turns.append({"role": "user", "content": "…"})
    return turns if system is None else [{"role": "system", "content": system}, *turns]


def _joined(contents: list[object]) -> object:
    """Text where all are text, else their parts."""
    if all(isinstance(each, str) for each in contents):
        return "\n\n".join(str(each) for each in contents)
    parts: list[object] = []
    for each in contents:
        parts += [{"type": "text", "text": each}] if isinstance(each, str) else each if isinstance(each, list) else []
    return parts
