"""What has to hold behind each proxy."""

import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from processes import await_result
from stage import ALICE, Stage
from web_socket import Cut, Place, Refused, WebSocket, fetch

# How many clients live through a drain.
CLIENTS = 20


class StageCase:
    """Shows the logs of a case that fails."""

    make_stage: type[Stage]
    stage: Stage

    def run(self, result: unittest.TestResult) -> unittest.TestResult:
        """Runs the case."""
        bad = len(result.failures) + len(result.errors)
        super().run(result)
        if len(result.failures) + len(result.errors) > bad:
            print(self.logs, flush=True)
        return result

    def tearDown(self) -> None:
        self.logs = self.stage.logs()


class OneClientCases(StageCase):
    """Nothing happens to the servers and the proxy, which all cases share."""

    place: Place

    @classmethod
    def setUpClass(cls) -> None:
        cls.stage = cls.make_stage()
        cls.addClassCleanup(cls.stage.close)
        try:
            cls.place = cls.stage.start_all("--token-cookie=session")
        except BaseException:
            print(cls.stage.logs(), flush=True)
            raise

    def open(self, *args: Any, **more: Any) -> WebSocket:
        """A client of the proxy."""
        return self.stage.open(self.place, *args, **more)

    def test_a_page_of_the_proxy_may_connect_and_is_answered(self):
        client = self.open()
        self.assertEqual(
            client.ask({"action": "ping", "request_id": 7}),
            {"errors": [], "data": {"pong": True}, "action": "ping",
             "route": "", "status": 200, "request_id": 7})
        self.assertEqual(client.ask_for_user(), "")

    def test_a_token_is_found_in_each_of_its_places(self):
        for where, how in {
                "header": {"headers": ALICE},
                "query": {"target": "/ws/?token=alice-token"},
                "subprotocol": {
                    "subprotocols": ["stagedoor", "bearer.alice-token"]},
                "cookie": {"headers": {"Cookie": "session=alice-token"}},
        }.items():
            with self.subTest(where):
                user = self.open(**how).ask_for_user()
                self.assertIn(user, ("first", "second"))

    def test_the_largest_message_passes_both_ways(self):
        client = self.open()
        rest = len('{"action": "echo", "message": ""}')
        text = "x" * (65_536 - rest)
        answer = client.ask({"action": "echo", "message": text})
        self.assertEqual(answer["data"], {"message": text})

    def test_a_close_of_the_client_is_answered(self):
        client = self.open()
        client.send_close(4321, "enough")
        close = client.next_close()
        self.assertEqual((close.code, close.reason), (4321, "enough"))

    def refusal(self, *args: Any, **more: Any) -> Refused:
        """The answer to an opening request that must not be 101."""
        with self.assertRaises(Refused) as caught:
            self.open(*args, **more)
        self.assertEqual(caught.exception.headers["Content-Type"],
                         "application/json")
        return caught.exception

    def test_the_refusal_of_wrong_credentials_arrives_whole(self):
        refusal = self.refusal("/ws/?token=wrong")
        self.assertEqual(refusal.status, 401)
        self.assertEqual(refusal.headers["WWW-Authenticate"], "Bearer")
        self.assertEqual(refusal.body, b'{"detail":"Invalid credentials",'
                                       b'"code":"bad_credentials"}')

    def test_the_refusal_of_a_foreign_origin_arrives_whole(self):
        # The last one is of this host, but of another port.
        for origin in ("https://elsewhere.example", self.place.origin[:-1]):
            with self.subTest(origin):
                refusal = self.refusal(origin=origin)
                self.assertEqual(refusal.status, 403)
                self.assertEqual(refusal.body,
                                 b'{"detail":"Origin not allowed",'
                                 b'"code":"origin_not_allowed"}')

    def test_the_denial_of_a_permission_arrives_whole(self):
        refusal = self.refusal("/strict/")
        self.assertEqual(refusal.status, 403)
        self.assertEqual(refusal.body, b'{"detail":"Permission denied",'
                                       b'"code":"permission_denied"}')

    def test_the_refusal_of_an_unknown_path_arrives_whole(self):
        refusal = self.refusal("/nowhere/")
        self.assertEqual(refusal.status, 404)
        self.assertEqual(refusal.body,
                         b'{"detail":"Not found","code":"not_found"}')

    def test_the_refusal_of_a_request_without_an_upgrade_arrives_whole(self):
        answer = fetch(self.place, "/ws/")
        self.assertEqual(answer.status, 426)
        self.assertEqual(answer.headers["Content-Type"], "application/json")
        # HTTP/2 has no such header.
        self.assertEqual(answer.headers.get("Upgrade"),
                         None if self.place.http2 else "websocket")
        self.assertEqual(answer.body,
                         b'{"detail":"WebSocket upgrade required",'
                         b'"code":"upgrade_required"}')


class LifeCases(StageCase):
    """Each case has servers and a proxy of its own."""

    def setUp(self) -> None:
        self.stage = self.make_stage()
        self.addCleanup(self.stage.close)

    # -- silence --------------------------------------------------------------

    def test_an_idle_client_outlives_the_time_outs_of_the_proxy(self):
        # As the page has it, but 25 times as fast.
        place = self.stage.start_impatient(3, "--limits.ping-interval=1s")
        client = self.stage.open(place)
        while client.pings < 4:
            client.next_frame()
        self.assertEqual(client.ask({"action": "ping"})["status"], 200)

    def test_a_proxy_that_waits_for_less_than_a_ping_cuts(self):
        # The first ping would come after 25 seconds.
        client = self.stage.open(self.stage.start_impatient(1))
        with self.assertRaises(Cut):
            client.next_frame()

    # -- drains ---------------------------------------------------------------

    def open_many(self, place: Place) -> dict[str, list[WebSocket]]:
        """Clients of both servers, half of them each; by server."""
        result: dict[str, list[WebSocket]] = {"first": [], "second": []}
        for _ in range(CLIENTS):
            client = self.stage.open_as_alice(place)
            result[client.ask_for_user()].append(client)
        self.assertEqual(len(result["first"]), CLIENTS // 2)
        return result

    def come_back(self, place: Place, client: WebSocket) -> WebSocket:
        """Does what stagedoor.js does when a server drains, and tries once."""
        event = client.next_message()
        delay = event["data"]["reconnect_after_ms"]
        self.assertEqual(event, {"type": "server.draining",
                                 "data": {"reconnect_after_ms": delay},
                                 "status": 503})
        close = client.next_close()
        self.assertEqual((close.code, close.reason),
                         (4012, '{"reconnect_after_ms":%d}' % delay))
        client.drop()
        time.sleep(delay / 1000)
        return self.stage.open_as_alice(place)

    def move(self, place: Place, clients: dict[str, list[WebSocket]],
             old: str, new: str) -> None:
        """Drains the old server; all of its clients go to the new one."""
        with ThreadPoolExecutor(CLIENTS) as threads:
            self.stage.servers[old].ask_to_end()
            back = [threads.submit(self.come_back, place, client)
                    for client in clients[old]]
        failed = [repr(each.exception()) for each in back if each.exception()]
        self.assertEqual(failed, [])
        clients[old] = []
        clients[new] += [each.result() for each in back]
        self.assertEqual({each.ask_for_user() for each in clients[new]}, {new})

    def test_the_clients_of_a_long_drain_come_back_at_the_first_try(self):
        place = self.stage.start_all("--limits.reconnect-window=1ms")
        clients = self.open_many(place)
        self.stage.hold("first")
        self.move(place, clients, "first", "second")
        self.assertTrue(self.stage.drains("first"))


class RestartCases(LifeCases):
    """Servers end, and come back."""

    def test_the_clients_of_a_server_that_ends_come_back_at_the_first_try(
            self):
        place = self.stage.start_all("--limits.reconnect-window=1s")
        self.move(place, self.open_many(place), "first", "second")
        self.assertEqual(self.stage.servers["first"].wait(), 0)

    def test_a_server_that_has_restarted_gets_clients_again(self):
        place = self.stage.start_all("--limits.reconnect-window=1ms")
        clients = self.open_many(place)
        self.move(place, clients, "first", "second")
        self.stage.restart("first")
        await_result("a client of the first server", lambda: self.stage
                     .open_as_alice(place).ask_for_user() == "first")
        self.move(place, clients, "second", "first")
