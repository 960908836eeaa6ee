"""The reference target: every route against the contract, on each database and with several processes."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import jwt
import pytest

from tests.e2e.target_client import Client, as_client, database, registered_client, registration, running_target

ADMIN_FIELDS = {"id", "email", "firstName", "lastName", "role", "welcomeCompleted", "userRole"}
CHURCH_FIELDS = {"id", "name", "subscriptionStatus", "trialEndsAt"}


@pytest.fixture(scope="module", params=["sqlite", "postgres", "sqlite, 3 processes", "postgres, 3 processes"])
def root(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    kind, _, processes = request.param.partition(", ")
    workers = int(processes.partition(" ")[0] or 1)
    with (
        database(kind, request) as db,
        running_target(tmp_path_factory.mktemp("target"), db=db, workers=workers) as url,
    ):
        yield url


class TestAuth:
    def test_a_registration_gives_admin_church_and_tokens(self, root: str) -> None:
        async def test(client: Client) -> None:
            data = client.registered["data"]
            assert client.registered["success"] is True
            assert set(data["admin"]) == ADMIN_FIELDS
            assert data["admin"]["role"] == "PRIMARY"
            assert set(data["church"]) == CHURCH_FIELDS
            assert data["church"]["subscriptionStatus"] == "trial"
            claims = jwt.decode(data["accessToken"], options={"verify_signature": False})
            assert set(claims) == {"adminId", "churchId", "role", "iat", "exp"}
            assert claims["exp"] - claims["iat"] == 900
            assert claims["churchId"] == data["church"]["id"]

        as_client(root, test)

    def test_a_registration_is_refused_field_by_field(self, root: str) -> None:
        async def test(client: Client) -> None:
            body = {"email": "nobody", "password": "short", "firstName": "", "churchName": "x" * 500}
            status, answer = await client.ask("POST", "/auth/register", json=body)
            assert status == 400
            assert answer["error"] == "Validation failed"
            assert {detail["field"] for detail in answer["details"]} == {
                *("email", "password", "firstName", "lastName", "churchName")
            }
            assert all(set(detail) == {"field", "message", "code"} for detail in answer["details"])

        as_client(root, test)

    @pytest.mark.parametrize("password", ["Abcdef1", "abcdefg1", "Abcdefgh"])
    def test_a_weak_password_is_refused(self, root: str, password: str) -> None:
        async def test(client: Client) -> None:
            status, answer = await client.ask("POST", "/auth/register", json=registration(password=password))
            assert status == 400
            assert [detail["field"] for detail in answer["details"]] == ["password"]

        as_client(root, test)

    def test_an_address_registers_once(self, root: str) -> None:
        async def test(client: Client) -> None:
            email = client.registered["data"]["admin"]["email"].upper()
            status, answer = await client.ask("POST", "/auth/register", json=registration(email=email))
            assert status == 400
            assert answer["error"].startswith("Registration failed. ")

        as_client(root, test)

    def test_a_login_gives_tokens_and_cookies(self, root: str) -> None:
        async def test(client: Client) -> None:
            body = {"email": client.registered["data"]["admin"]["email"], "password": "Abcdefg1"}
            async with client.session.post(f"{root}/api/auth/login", data=body) as response:  # a form will do
                answer = await response.json()
                cookies = response.cookies
            assert response.status == 200
            assert answer["success"] is True
            assert answer["mfaRequired"] is False
            assert set(answer["data"]) == {"admin", "church", "accessToken", "refreshToken"}
            assert cookies["accessToken"]["max-age"] == "900"
            assert cookies["accessToken"]["httponly"]
            assert cookies["refreshToken"]["max-age"] == "604800"

        as_client(root, test)

    def test_a_wrong_password_and_an_unknown_address_look_the_same(self, root: str) -> None:
        async def test(client: Client) -> None:
            known = client.registered["data"]["admin"]["email"]
            for email in (known, "nobody@example.com"):
                answer = await client.ask("POST", "/auth/login", json={"email": email, "password": "Wrong123"})
                assert answer == (401, {"error": "Invalid email or password"})
            status, _ = await client.ask("POST", "/auth/login", json={"email": known})
            assert status == 400

        as_client(root, test)

    def test_me_is_who_the_token_says(self, root: str) -> None:
        async def test(client: Client) -> None:
            status, answer = await client.ask("GET", "/auth/me")
            assert status == 200
            assert set(answer["data"]) == ADMIN_FIELDS | {"tenantId"}
            assert answer["data"]["tenantId"] == client.registered["data"]["church"]["id"]
            by_cookie = {"Cookie": f"accessToken={client.token}"}
            assert (await client.ask("GET", "/auth/me", is_known=False, headers=by_cookie))[0] == 200

        as_client(root, test)

    def test_without_a_good_token_there_is_nothing(self, root: str) -> None:
        async def test(client: Client) -> None:
            assert await client.ask("GET", "/auth/me", is_known=False) == (401, {"error": "No token provided"})
            refresh_token = client.registered["data"]["refreshToken"]
            for token in ("nonsense", client.token[:-3] + "abc", refresh_token):
                client.token = token
                assert await client.ask("GET", "/auth/me") == (401, {"error": "Invalid or expired token"})

        as_client(root, test)

    def test_a_refresh_token_buys_a_new_pair(self, root: str) -> None:
        async def test(client: Client) -> None:
            cookie = {"Cookie": f"refreshToken={client.registered['data']['refreshToken']}"}
            status, answer = await client.ask("POST", "/auth/refresh", is_known=False, headers=cookie)
            assert status == 200
            client.token = answer["data"]["accessToken"]
            assert (await client.ask("GET", "/auth/me"))[0] == 200

        as_client(root, test)

    def test_a_logout_revokes_the_token(self, root: str) -> None:
        async def test(client: Client) -> None:
            assert await client.ask("POST", "/auth/logout") == (200, {"success": True})
            expected = {"error": "Token has been revoked. Please log in again."}
            assert await client.ask("GET", "/auth/me") == (401, expected)

        as_client(root, test)


class TestMessages:
    def test_a_message_to_all_reaches_every_member(self, root: str) -> None:
        async def test(client: Client) -> None:
            body = {"content": "hello", "targetType": "all"}
            status, answer = await client.ask("POST", "/messages/send", json=body)
            assert status == 201
            fields = {"id", "content", "targetType", "totalRecipients", "status", "createdAt"}
            assert set(answer["data"]) == fields
            assert answer["data"]["totalRecipients"] == 25
            assert answer["data"]["status"] == "pending"
            _, history = await client.ask("GET", "/messages/history?limit=1")
            assert history["data"][0]["id"] == answer["data"]["id"]

        as_client(root, test)

    def test_a_message_to_some_reaches_those_of_the_church(self, root: str) -> None:
        async def test(client: Client) -> None:
            _, listed = await client.ask("GET", "/messages/conversations?limit=2")
            ids = [conversation["member"]["id"] for conversation in listed["data"]]
            body = {"content": "hello", "targetType": "individual", "targetIds": [*ids, str(uuid4())]}
            status, answer = await client.ask("POST", "/messages/send", json=body)
            assert status == 201
            assert answer["data"]["totalRecipients"] == 2

        as_client(root, test)

    def test_a_message_to_nobody_is_refused(self, root: str) -> None:
        async def test(client: Client) -> None:
            refusal = (400, {"success": False, "error": "No valid recipients found"})
            for ids in ([str(uuid4())], []):
                body = {"content": "hello", "targetType": "individual", "targetIds": ids}
                assert await client.ask("POST", "/messages/send", json=body) == refusal

        as_client(root, test)

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"content": ""}, "content"),
            ({"content": "x" * 161}, "content"),
            ({"content": None}, "content"),
            ({"targetType": "everybody"}, "targetType"),
            ({"targetIds": ["1"]}, "targetIds"),
        ],
    )
    def test_a_malformed_message_is_refused(self, root: str, changes: dict[str, Any], field: str) -> None:
        async def test(client: Client) -> None:
            body = {"content": "hello", "targetType": "all"} | changes
            status, answer = await client.ask("POST", "/messages/send", json=body)
            assert status == 400
            assert [detail["field"] for detail in answer["details"]] == [field]

        as_client(root, test)

    def test_analytics_count_what_was_sent(self, root: str) -> None:
        async def test(client: Client) -> None:
            status, summary = await client.ask("GET", "/analytics/summary")
            assert status == 200
            expected = {"totalMessages": 30, "averageDeliveryRate": 96.0, "totalMembers": 25, "totalBranches": 2}
            assert summary == expected
            status, days = await client.ask("GET", "/analytics/messages?days=7")
            assert status == 200
            assert days["totalMessages"] == sum(day["count"] for day in days["byDay"]) == 7
            assert days["deliveredCount"] + days["failedCount"] + days["pendingCount"] == 7 * 25
            assert set(days["byDay"][0]) == {"date", "count", "delivered", "failed"}

        as_client(root, test)


class TestConversations:
    def test_the_list_has_pages(self, root: str) -> None:
        async def test(client: Client) -> None:
            status, answer = await client.ask("GET", "/messages/conversations?page=2&limit=8&status=open")
            assert status == 200
            assert answer["pagination"] == {"page": 2, "limit": 8, "total": 20, "pages": 3}
            assert len(answer["data"]) == 8
            fields = {"id", "member", "status", "unreadCount", "lastMessage", "lastMessageAt", "createdAt"}
            assert set(answer["data"][0]) == fields
            assert set(answer["data"][0]["member"]) == {"id", "firstName", "lastName", "phone"}
            last = {"id", "content", "createdAt", "mediaType", "direction"}
            assert set(answer["data"][0]["lastMessage"]) == last

        as_client(root, test)

    def test_one_has_messages(self, root: str) -> None:
        async def test(client: Client) -> None:
            _, listed = await client.ask("GET", "/messages/conversations")
            status, answer = await client.ask("GET", f"/messages/conversations/{listed['data'][0]['id']}")
            assert status == 200
            assert answer["data"]["pagination"] == {"page": 1, "limit": 50, "total": 8, "pages": 1}
            assert [message["channel"] for message in answer["data"]["messages"]] == ["sms"] * 8

        as_client(root, test)

    def test_a_reply_shows_at_once_in_the_conversation_and_in_the_list(self, root: str) -> None:
        async def test(client: Client) -> None:
            _, listed = await client.ask("GET", "/messages/conversations")
            path = f"/messages/conversations/{listed['data'][-1]['id']}"
            status, answer = await client.ask("POST", f"{path}/reply", json={"content": "thanks"})
            assert status == 201
            fields = {"id", "content", "direction", "deliveryStatus", "createdAt", "replyToId", "sendEffect"}
            assert set(answer["data"]) == fields
            _, one = await client.ask("GET", path)
            assert one["data"]["messages"][0]["id"] == answer["data"]["id"]
            _, listed_again = await client.ask("GET", "/messages/conversations")
            assert listed_again["data"][0]["lastMessage"]["content"] == "thanks"

        as_client(root, test)

    def test_reading_and_closing(self, root: str) -> None:
        async def test(client: Client) -> None:
            _, listed = await client.ask("GET", "/messages/conversations")
            unread = next(conversation for conversation in listed["data"] if conversation["unreadCount"])
            path = f"/messages/conversations/{unread['id']}"
            expected = {"success": True, "message": "Conversation marked as read"}
            assert await client.ask("PATCH", f"{path}/read") == (200, expected)
            _, one = await client.ask("GET", path)
            assert one["data"]["unreadCount"] == 0
            assert (await client.ask("PATCH", f"{path}/status", json={"status": "closed"}))[0] == 200
            assert (await client.ask("PATCH", f"{path}/status", json={"status": "lost"}))[0] == 400
            _, closed = await client.ask("GET", "/messages/conversations?status=closed")
            assert [conversation["id"] for conversation in closed["data"]] == [unread["id"]]

        as_client(root, test)

    @pytest.mark.parametrize("name", ["not-a-uuid", "3f1c2b0a-5d4e-4a6b-8c7d-9e0f1a2b3c4d"])
    def test_what_is_not_there_is_404(self, root: str, name: str) -> None:
        async def test(client: Client) -> None:
            path = f"/messages/conversations/{name}"
            assert (await client.ask("GET", path))[0] == 404
            assert (await client.ask("PATCH", f"{path}/read"))[0] == 404
            assert (await client.ask("POST", f"{path}/reply", json={"content": "x"}))[0] == 404

        as_client(root, test)

    def test_one_church_does_not_see_the_other(self, root: str) -> None:
        async def test(client: Client) -> None:
            _, listed = await client.ask("GET", "/messages/conversations")
            async with registered_client(root) as other:
                assert (await other.ask("GET", f"/messages/conversations/{listed['data'][0]['id']}"))[0] == 404

        as_client(root, test)
