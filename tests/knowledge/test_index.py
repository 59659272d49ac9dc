"""What the index gives back, on made-up runbooks whose vectors can be seen at a glance (tests/knowledge/shelf.py)."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from knowledge.embeddings import MiniLM
from knowledge.index import Index
from knowledge.runbook import Need, Runbook
from tests.kept import vectors
from tests.knowledge.shelf import Topics, runbook

LOCKED = runbook("locked", "locked account", "I cannot sign in, lock", unlike=["lock of the app"])
VPN = runbook("vpn", "vpn", "certificate of the vpn", text="The vpn trusts a certificate. " * 60)
PHONE = runbook("phone", "new phone", "codes do not arrive on my phone")


def indexed(*runbooks: Runbook, **options: object) -> Index:
    index = Index(Topics(), **options)  # type: ignore[arg-type]
    index.build(runbooks)
    return index


async def found(index: Index, words: str, most: int = 3) -> list[str]:
    return [hit.runbook for hit in await index.search(words, most)]


async def test_the_best_comes_first_and_the_others_follow() -> None:
    """Also what does not fit is given back, with a cosine that says so."""
    hits = await indexed(LOCKED, VPN, PHONE).search("my phone has no codes")

    assert hits[0].runbook == "phone"
    assert len(hits) == 3
    assert hits[0].title == "new phone"
    assert hits[0].cosine > 0.99
    assert hits[1].cosine < 0.1


@pytest.mark.parametrize(("most", "expected"), [(1, ["vpn"]), (0, []), (-1, []), (9, 3)])
async def test_no_more_than_asked_for(most: int, expected: object) -> None:
    """And no more than there are."""
    names = await found(indexed(LOCKED, VPN, PHONE), "vpn", most)

    assert expected in (names, len(names))


async def test_words_decide_between_equal_vectors() -> None:
    """The embedder sees no difference; a word that only one of them has makes it."""
    one, other = runbook("one", "vpn on macOS"), runbook("other", "vpn on Windows")

    assert await found(indexed(one, other), "vpn, windows") == ["other", "one"]
    assert await found(indexed(other, one), "vpn, macos") == ["one", "other"]


async def test_words_are_compared_by_their_stem() -> None:
    """ "Certificates" finds "certificate" where the vectors say nothing."""
    hits = await indexed(LOCKED, VPN, PHONE).search("CERTIFICATES")

    assert hits[0].runbook == "vpn"
    assert hits[0].lexical > 0


async def test_rare_words_count_for_more_than_everyday_ones() -> None:
    """Of two runbooks that mean the same the one with the rare word of the request comes first, however many common ones the other has."""
    rare = runbook("rare", "vpn", text="ERR7741 tunnel")
    common = [runbook(f"common{at}", "vpn", text="tunnel is down again and again") for at in range(4)]

    assert await found(indexed(*common, rare), "vpn tunnel is down again, ERR7741", 1) == ["rare"]
    assert await found(indexed(*common, rare), "vpn tunnel is down again", 1) == ["common0"]


async def test_what_fits_stands_before_what_does_not() -> None:
    """However many words of the other are in the request: below the floor it would not be taken anyway."""
    shelf = (
        runbook("meaning", "vpn"),
        runbook("words", "vpn phone", text="ERR7741 KB4417 " * 9),
        *(runbook(f"{at}", "lock") for at in range(9)),
    )
    asked = "vpn ERR7741 KB4417"

    assert await found(indexed(*shelf, floor=0.5), asked, 1) == ["words"]
    assert await found(indexed(*shelf, floor=0.8), asked, 1) == ["meaning"]


async def test_nearer_to_what_it_is_unlike_means_not_this_one() -> None:
    """The raw cosine falls to nothing; words that are nearer to a symptom keep theirs."""
    index = indexed(LOCKED, VPN)

    [fits] = [hit for hit in await index.search("lock") if hit.runbook == "locked"]
    [does_not] = [hit for hit in await index.search("lock app") if hit.runbook == "locked"]

    assert fits.cosine > 0.99
    assert does_not.cosine <= 0


async def test_a_name_of_the_catalogue_is_a_value_and_no_subject() -> None:
    """Where a runbook asks for something of the catalogue, one name is as good as another; elsewhere it is a word like any."""
    access = replace(runbook("access", "app", "let me into Grafana"), needs={"app": Need("app", "catalogue", "Which?")})
    broken = runbook("broken", "vpn box", "the vpn box is down")

    named = {hit.runbook: hit for hit in await indexed(access, broken, names=["Grafana", "VPN Box"]).search("into vpn box")}
    unnamed = {hit.runbook: hit for hit in await indexed(access, broken).search("into vpn box")}

    assert named["access"].cosine > 0.99
    assert unnamed["access"].cosine < 0.2
    assert named["broken"].cosine == unnamed["broken"].cosine > 0.99


@pytest.mark.parametrize("words", ["", "   ", "🙂🙂", "…!?", "___", "\ud83d"])
async def test_a_text_without_words_finds_nothing(words: str) -> None:
    """And raises nothing."""
    assert await indexed(LOCKED, VPN).search(words) == []


@pytest.mark.parametrize("words", ["\ud83d vpn", "vpn " * 10_000, "VPN ネットワーク", "vpn\x00", "*vpn* <@U123> & :smile:"])
async def test_odd_texts_are_searched_for_like_others(words: str) -> None:
    """Half characters, 40,000 letters, other scripts, markup."""
    assert await found(indexed(LOCKED, VPN, PHONE), words, 1) == ["vpn"]


async def test_an_empty_index_finds_nothing() -> None:
    """Never built, built of nothing, or built of a runbook without a word."""
    assert await Index(Topics()).search("vpn") == []
    assert await indexed().search("vpn") == []
    assert [hit.lexical for hit in await indexed(runbook("emoji", "🙂")).search("vpn")] == [0.0]


async def test_building_anew_replaces_everything() -> None:
    """A removed runbook is gone at once, a changed one is found by its new words."""
    index = indexed(LOCKED, VPN)
    assert await found(index, "vpn", 1) == ["vpn"]

    index.build([LOCKED, runbook("phone", "new phone")])

    assert sorted(await found(index, "vpn")) == ["locked", "phone"]
    assert await found(index, "phone", 1) == ["phone"]


async def test_a_search_while_the_index_is_built_sees_one_or_the_other() -> None:
    """Never half of it."""
    index = indexed(LOCKED, VPN, PHONE)

    async def rebuild() -> None:
        for _ in range(30):
            await asyncio.to_thread(index.build, [VPN, PHONE])
            await asyncio.to_thread(index.build, [LOCKED, VPN, PHONE])

    building = asyncio.create_task(rebuild())
    sizes = set()
    while not building.done():
        hits = await index.search("vpn", 9)
        assert hits[0].runbook == "vpn"
        sizes.add(len(hits))
    await building
    assert sizes <= {2, 3}


async def test_a_request_is_embedded_once() -> None:
    """A turn that is taken up anew does not pay again."""
    model = Topics()
    index = Index(model)
    index.build([VPN, LOCKED])
    model.seen.clear()

    assert await index.search("my vpn") == await index.search("my vpn")
    assert model.seen == ["my vpn"]


async def test_equal_runbooks_and_words_give_equal_hits(runbooks: list[Runbook], model: MiniLM) -> None:
    """Fresh, and from vectors that another process has kept: the same to the last digit."""
    hits = []
    for cache in (None, vectors(), vectors()):
        index = Index(model, cache)
        index.build(runbooks)
        hits.append(await index.search("my vpn is down and I need access to figma", 5))

    assert hits[0] == hits[1] == hits[2]


def test_a_build_from_kept_vectors_embeds_nothing(tmp_path: Path) -> None:
    """A start waits for no model."""
    Index(Topics(), tmp_path).build([LOCKED, VPN, PHONE])

    model = Topics()
    Index(model, tmp_path).build([LOCKED, VPN, PHONE])

    assert model.seen == []
