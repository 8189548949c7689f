from __future__ import annotations

import threading
from dataclasses import dataclass, field

import pytest

from pages.components.session.registry import GRACE, TTL, Connection, Refusal, Registry

MIB = 1024 * 1024


@dataclass(eq=False)
class State:
    """A study as far as the registry is concerned."""

    empty: bool = False
    nbytes: int = MIB
    calls: list[str] = field(default_factory=list)

    def park(self) -> None:
        self.calls.append("park")

    def resume(self) -> None:
        self.calls.append("resume")

    def discard(self) -> None:
        self.calls.append("discard")


class Server:
    """A registry whose clock and connections the test holds."""

    def __init__(self, **limits: int) -> None:
        self.now = 0.0
        self.online: set[str] = set()
        self.registry: Registry[State] = Registry(
            lambda: self.now, connected=lambda name: name in self.online, **limits
        )
        self.count = 0

    def connect(self) -> Connection:
        self.count += 1
        connection = Connection(f"session-{self.count}")
        self.online.add(connection.session_id)
        return connection

    def disconnect(self, connection: Connection) -> None:
        self.online.discard(connection.session_id)
        self.registry.leave(connection)

    def tab(self, state: State, browser: str = "me") -> tuple[str, Connection]:
        """A tab that has opened a study: its token and its connection."""
        connection = self.connect()
        return self.registry.begin(browser, state, connection), connection

    def parked(self, state: State, browser: str = "me") -> str:
        token, connection = self.tab(state, browser)
        self.disconnect(connection)
        return token

    def resume(self, token: str, browser: str = "me", *, take_over: bool = True) -> State | Refusal:
        return self.registry.resume(browser, token, self.connect(), take_over=take_over)


@pytest.fixture
def server() -> Server:
    return Server()


def test_a_reload_finds_its_state_which_hands_nothing_out_meanwhile(server):
    state = State()
    token = server.parked(state)
    assert state.calls == ["park"]
    server.now = TTL - 1
    assert server.resume(token) is state
    assert state.calls == ["park", "resume"]


def test_cookie_and_token_are_needed_both(server):
    mine, other = State(), State()
    token, theirs = server.parked(mine), server.parked(other, "other browser")
    assert server.resume(token, "other browser") is Refusal.UNKNOWN
    assert server.resume(theirs, "me") is Refusal.UNKNOWN
    assert server.resume(token, "") is Refusal.UNKNOWN
    for guess in ("", token[:-1], token + "A", token.swapcase()):
        assert server.resume(guess) is Refusal.UNKNOWN
    assert server.resume(token) is mine
    assert server.resume(theirs, "other browser") is other


def test_tokens_have_128_bits_and_are_made_here_alone(server):
    tokens = {server.parked(State()) for _ in range(10)}
    assert len(tokens) == 10
    assert {len(token) for token in tokens} == {22}
    assert server.resume("a-token-of-an-attacker") is Refusal.UNKNOWN
    assert server.resume("a-token-of-an-attacker") is Refusal.UNKNOWN, "asking for it does not make it"


def test_without_a_cookie_nothing_is_kept(server):
    state = State()
    token, connection = server.tab(state, browser="")
    assert token == ""
    server.disconnect(connection)
    assert server.resume("", "") is Refusal.UNKNOWN


def test_ten_minutes_after_the_last_connection_the_state_is_freed_and_the_reason_is_told_to_its_tab_alone(
    server,
):
    state = State()
    token = server.parked(state)
    server.now = TTL
    assert server.resume(token, "other browser") is Refusal.UNKNOWN
    assert state.calls == ["park", "discard"]
    assert server.resume(token) is Refusal.EXPIRED


def test_the_ten_minutes_begin_anew_with_every_connection(server):
    state = State()
    token = server.parked(state)
    for number in range(1, 4):
        server.now = number * (TTL - 1)
        connection = server.connect()
        assert server.registry.resume("me", token, connection, take_over=True) is state
        server.disconnect(connection)
    assert "discard" not in state.calls


def test_while_a_tab_is_connected_nothing_is_freed(server):
    state = State()
    token, connection = server.tab(state)
    server.now = 100 * TTL
    assert server.registry.sweep().freed == 0
    assert server.registry.reconnect("me", token, connection)
    assert state.calls == []


def test_a_sweep_frees_what_nobody_came_back_for(server):
    state = State()
    server.parked(state)
    server.now = TTL
    swept = server.registry.sweep()
    assert (swept.freed, swept.sessions) == (1, ("session-1",))
    assert state.calls[-1] == "discard"
    assert server.registry.sweep().freed == 0


def test_two_tabs_of_a_browser_have_two_states(server):
    one, two = State(), State()
    tokens = [server.parked(state) for state in (one, two)]
    assert [server.resume(token) for token in tokens] == [one, two]


def test_a_copied_tab_does_not_share_what_a_live_one_holds(server):
    state = State()
    token, connection = server.tab(state)
    assert server.resume(token, take_over=False) is Refusal.IN_USE
    assert server.registry.reconnect("me", token, connection), "the first tab keeps it"


def test_a_claim_that_was_broken_off_can_be_made_again(server):
    state = State()
    token, connection = server.tab(state)
    assert server.registry.resume("me", token, connection, take_over=False) is state


def test_a_reload_takes_over_from_a_connection_that_was_never_seen_to_end(server):
    state = State()
    token, lost = server.tab(state)
    assert server.resume(token, take_over=True) is state
    assert not server.registry.reconnect("me", token, lost), "one connection at a time"
    server.registry.leave(lost)
    assert "park" not in state.calls, "the end of the old connection is not that of the new one"
    server.online.discard(lost.session_id)
    assert server.registry.sweep().sessions == (lost.session_id,)


def test_an_end_that_was_not_reported_is_found(server):
    state = State()
    token, connection = server.tab(state)
    server.online.discard(connection.session_id)
    assert server.resume(token, take_over=False) is state, "nobody holds it"
    server.online.clear()
    server.registry.sweep()
    assert state.calls[-1] == "park"
    server.now = TTL
    assert server.registry.sweep().freed == 1


def test_a_short_loss_resumes_in_the_same_server_session_of_the_same_browser_only(server):
    state = State()
    token, connection = server.tab(state)
    server.disconnect(connection)
    again = Connection(connection.session_id)
    server.online.add(again.session_id)
    assert not server.registry.reconnect("other browser", token, again)
    assert not server.registry.reconnect("me", token, Connection("another session"))
    assert server.registry.reconnect("me", token, again)
    assert state.calls == ["park", "resume"]


def test_after_a_long_loss_the_server_session_is_closed_and_the_state_stays(server):
    state = State()
    token = server.parked(state)
    server.now = GRACE - 1
    assert server.registry.sweep().sessions == ()
    server.now = GRACE
    assert server.registry.sweep().sessions == ("session-1",)
    assert server.registry.sweep().sessions == (), "once"
    assert server.resume(token) is state


def test_a_server_session_with_a_browser_is_never_closed(server):
    token, lost = server.tab(State())
    server.resume(token, take_over=True)
    assert server.registry.sweep().sessions == (), "its browser may still be there"
    server.registry.begin("me", State(), lost)
    server.online.discard(lost.session_id)
    assert server.registry.sweep().sessions == (), "it holds another state now"


def test_the_oldest_go_first_where_too_many_wait():
    server = Server(parked=2)
    states = [State() for _ in range(3)]
    tokens = [server.parked(state) for state in states]
    assert [server.resume(token) for token in tokens] == [Refusal.EVICTED, *states[1:]]
    assert states[0].calls[-1] == "discard"


def test_the_oldest_go_first_where_they_hold_too_much_but_never_the_one_that_just_left():
    server = Server(parked_bytes=10 * MIB)
    states = [State(nbytes=size * MIB) for size in (4, 4, 4, 20)]
    tokens = [server.parked(state) for state in states[:3]]
    assert server.resume(tokens[0]) is Refusal.EVICTED
    tokens.append(server.parked(states[3]))
    assert [server.resume(token) for token in tokens[1:]] == [Refusal.EVICTED, Refusal.EVICTED, states[3]]


def test_reloading_again_and_again_keeps_one_state():
    server = Server(parked=1)
    state = State()
    token, connection = server.tab(state)
    for _ in range(50):
        server.disconnect(connection)
        connection = server.connect()
        assert server.registry.resume("me", token, connection, take_over=True) is state


def test_an_empty_state_takes_no_place_and_is_not_missed():
    server = Server(parked=1)
    study = State()
    token = server.parked(study)
    nothing = server.parked(State(empty=True))
    assert server.resume(nothing) is Refusal.UNKNOWN
    assert server.resume(token) is study


def test_of_many_threads_one_gets_the_state_and_none_breaks():
    server = Server()
    state = State()
    token = server.parked(state)
    connections = [server.connect() for _ in range(16)]
    start, found = threading.Barrier(16), []

    def claim(connection: Connection) -> None:
        start.wait()
        for _ in range(50):
            got = server.registry.resume("me", token, connection, take_over=False)
            if got is state:
                found.append(connection)
            server.registry.begin("me", State(), connection)
            server.registry.sweep()

    threads = [threading.Thread(target=claim, args=(connection,)) for connection in connections]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
