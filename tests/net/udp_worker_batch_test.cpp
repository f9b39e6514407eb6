// SPDX-License-Identifier: MIT
//
// Replies of one batch go out together: to whom each is for, and none later than it must.
#include <doctest/doctest.h>

#include <chrono>
#include <future>
#include <thread>

#include "core/fake_token.hpp"
#include "loopback.hpp"

namespace shaken302::net {
namespace {

using test::any_ipv4;
using test::Client;
using test::has_status;
using test::ipv4;
using test::localhost;
using test::make_request;
using test::Stage;

bool is_for(const Client::Reply& reply, const std::string& call_id) {
  return reply.text.find("\r\nCall-ID: " + call_id + "\r\n") != std::string::npos;
}

TEST_CASE("udp_worker: each reply of a batch goes to whom it is for, from where it was asked") {
  Stage stage;
  const auto port = stage.listen(any_ipv4, 1);
  std::array<Client, 2> clients;
  const std::array asked{localhost, ipv4(127, 0, 0, 2)};
  for (std::size_t i = 0; i < 8; ++i) {  // queued before anybody reads: one batch
    const auto call_id = "call-" + std::to_string(i);
    REQUIRE(clients[i % 2].send(make_request(i % 3 == 0 ? "OPTIONS" : "INVITE", call_id),
                                asked[i / 4], port));
  }
  stage.server.start();
  for (std::size_t i = 0; i < 8; ++i) {
    CAPTURE(i);
    const auto reply = clients[i % 2].receive();
    REQUIRE(reply);
    CHECK(is_for(*reply, "call-" + std::to_string(i)));
    CHECK(has_status(*reply, i % 3 == 0 ? "200" : "302"));
    CHECK(reply->source == sip::Endpoint{asked[i / 4], port});
  }
  for (Client& client : clients) CHECK_FALSE(client.receive(std::chrono::milliseconds(50)));
}

TEST_CASE("udp_worker: replies beyond the room for them are sent in between, in their order") {
  Stage stage;
  const auto port = stage.listen(localhost, 1);
  Client client;
  const std::string long_name(20000, 'c');  // each reply has it twice
  for (int i = 0; i < 8; ++i) {
    REQUIRE(client.send(make_request("OPTIONS", std::to_string(i) + long_name), localhost, port));
  }
  stage.server.start();
  for (int i = 0; i < 8; ++i) {
    CAPTURE(i);
    const auto reply = client.receive();
    REQUIRE(reply);
    CHECK(is_for(*reply, std::to_string(i) + long_name));
  }
  CHECK(stage.count(Counter::send_failed) == 0);
}

/// The credentials of a Stage, but that a token has the key.
std::shared_ptr<const CredentialTable> make_token_credentials(std::function<bool()> before) {
  const ThrowawayCa ca = test::make_valid_ca();
  return test::make_credentials(ca, {},
                                std::make_shared<const shaken302::test::FakeToken>(
                                    shaken302::test::key_of(ca), std::move(before)));
}

TEST_CASE("udp_worker: what waited for the token of the message before is late") {
  using namespace std::chrono_literals;
  // The kernel says by the machine's clock when a message came.
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  ThrowawayCaRequest request;
  request.not_before = now - 24h;
  request.not_after = now + 24h;
  const ThrowawayCa ca = *make_throwaway_ca(request);
  const auto token =
      std::make_shared<const shaken302::test::FakeToken>(shaken302::test::key_of(ca), [] {
        std::this_thread::sleep_for(1500ms);
        return true;
      });
  const Secret secret{std::array<std::uint8_t, 16>{1, 2, 3}};
  const sip::AnswerSettings settings;
  SnapshotHolder snapshots{test::make_snapshot(1, test::make_credentials(ca, {}, token))};
  UdpServer server{
      {.snapshots = snapshots, .settings = settings, .secret = secret, .queue_deadline = 1s}};
  const auto socket = server.add_listener({.local = {localhost, 0}, .family = Family::ipv4}, 1);
  REQUIRE(socket);
  std::this_thread::sleep_for(100ms);  // until the kernel notes times
  Client client;
  for (const char* call_id : {"first", "second"}) {
    REQUIRE(client.send(make_request("INVITE", call_id), localhost, (*socket)->port()));
  }
  server.start();
  const auto first = client.receive(10s);
  REQUIRE(first);
  CHECK(is_for(*first, "first"));
  CHECK_FALSE(client.receive(300ms));
  CHECK(total(server.metrics(), Counter::signatures) == 1);
  CHECK(total(server.metrics(), Counter::too_late) == 1);
}

TEST_CASE("udp_worker: what is done does not wait for a token") {
  std::promise<void> first_has_come;
  auto come = first_has_come.get_future();
  int asked = 0;
  std::atomic<bool> came_in_time{true};
  Stage stage;
  // The second signature is not made before the first answer is there.
  stage.snapshots.publish(test::make_snapshot(
      2, make_token_credentials([&] {
        if (++asked != 2) return true;
        came_in_time = come.wait_for(std::chrono::seconds(5)) == std::future_status::ready;
        return true;
      })));
  const auto port = stage.listen(localhost, 1);
  Client client;
  for (const char* call_id : {"first", "second"}) {
    REQUIRE(client.send(make_request("INVITE", call_id), localhost, port));
  }
  stage.server.start();
  const auto first = client.receive(std::chrono::seconds(10));
  first_has_come.set_value();
  const auto second = client.receive();
  REQUIRE(first);
  REQUIRE(second);
  CHECK(is_for(*first, "first"));
  CHECK(is_for(*second, "second"));
  CHECK(has_status(*second, "302"));
  CHECK(came_in_time);
}

}  // namespace
}  // namespace shaken302::net
