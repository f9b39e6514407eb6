// SPDX-License-Identifier: MIT
//
// TLS listeners: who gets in, as whom, and what is wrong with files.
#include <doctest/doctest.h>

#include <set>

#include "net/tls_context.hpp"
#include "stream_client.hpp"

namespace shaken302::net {
namespace {

using namespace test;
using Clients = TlsContext::Clients;

std::shared_ptr<const TlsContext> make_context(const TlsIdentity& server, Clients clients,
                                               std::string_view client_ca) {
  auto context =
      TlsContext::make({server.certificate, server.key, std::nullopt, client_ca, clients});
  if (!context) throw std::runtime_error("no TLS context");
  return std::make_shared<const TlsContext>(*std::move(context));
}

/// Loopback is nobody's peer but by a certificate that names sbc.example or other.example.
std::shared_ptr<const Snapshot> make_peers_by_client(const Snapshot& like) {
  Peer sbc = like.peers->peers().at(0);
  sbc.sources.clear();
  sbc.client_names = {"sbc.example"};
  Peer other = sbc;
  other.name = "other";
  other.metrics_slot = 1;
  other.client_names = {"other.example"};
  other.max_attestation = Attestation::C;
  Snapshot next = like;
  ++next.generation;
  next.peers = std::make_shared<const PeerTable>(*PeerTable::make({sbc, other}));
  return std::make_shared<const Snapshot>(std::move(next));
}

struct TlsStage : StreamStage {
  explicit TlsStage(Clients clients = Clients::not_asked, StreamLimits limits = {})
      : StreamStage(limits) {
    server.set_tls(make_context(own, clients, authority.certificate()));
    port = listen(Transport::tls);
  }
  TlsAuthority authority;
  TlsIdentity own = authority.issue("server", "DNS:sip.example");
  std::uint16_t port = 0;
};

TEST_CASE("tls: calls are signed, in order, with TLS 1.2 and 1.3 and nothing older") {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsStage stage;
    stage.server.start();
    StreamClient client(stage.port);
    REQUIRE(client.shake_hands(nullptr, version));
    std::string burst;
    for (int i = 0; i < 500; ++i) burst += make_request("INVITE", std::to_string(i));
    std::thread sender([&] { client.send(burst); });
    sender.join();
    for (int i = 0; i < 500; ++i) REQUIRE(is_signed(client.receive(), std::to_string(i)));
  }
  TlsStage stage;
  stage.server.start();
  StreamClient old(stage.port);
  CHECK_FALSE(old.shake_hands(nullptr, TLS1_1_VERSION));
  CHECK(comes_true_soon([&] { return stage.count(Counter::stream_tls_failed) == 1; }));
}

TEST_CASE("tls: nothing can be resumed or renegotiated") {
  TlsStage stage;
  stage.server.start();
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    StreamClient client(stage.port);
    REQUIRE(client.shake_hands(nullptr, version));
    REQUIRE(client.send(make_request("OPTIONS", "o")));
    REQUIRE(client.receive());
    CHECK(SSL_SESSION_is_resumable(SSL_get0_session(client.ssl())) == 0);
  }
  StreamClient client(stage.port);
  REQUIRE(client.shake_hands(nullptr, TLS1_2_VERSION));
  SSL_renegotiate(client.ssl());
  SSL_do_handshake(client.ssl());
  ERR_clear_error();
  client.send(make_request("OPTIONS", "o"));
  CHECK(stage.count(Counter::answered_options) <= 3);
}

TEST_CASE("tls: a client's certificate makes it a peer") {
  TlsAuthority another;
  struct Row {
    const char* why;
    const char* common_name;  ///< nullptr: it shows none
    const char* names;
    bool is_of_another;
    char level;  ///< '-': it is turned away
  };
  const Row rows[] = {
      {"a DNS name", "x", "DNS:sbc.example", false, 'A'},
      {"in any case", "x", "DNS:SBC.Example", false, 'A'},
      {"one of several", "x", "DNS:x.example,DNS:other.example", false, 'C'},
      {"a sip: URI", "x", "URI:sip:sbc.example", false, 'A'},
      {"a sip: URI of a user is no domain", "x", "URI:sip:sbc@sbc.example", false, '-'},
      {"another scheme", "x", "URI:https:sbc.example", false, '-'},
      {"a wildcard names nobody", "x", "DNS:*.example", false, '-'},
      {"the common name where there is no other", "sbc.example", nullptr, false, 'A'},
      {"but not beside others", "sbc.example", "DNS:x.example", false, '-'},
      {"an address beside it is no other", "sbc.example", "IP:127.0.0.1", false, 'A'},
      {"the wrong name", "x", "DNS:sbc.example.org", false, '-'},
      {"the right name of a CA that is not ours", "x", "DNS:sbc.example", true, '-'},
      {"no certificate", nullptr, nullptr, false, '-'},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.why));
    TlsStage stage(Clients::asked);
    stage.snapshots.publish(make_peers_by_client(*stage.snapshots.current()));
    stage.server.start();
    StreamClient client(stage.port);
    TlsIdentity identity;
    if (row.common_name != nullptr) {
      identity = (row.is_of_another ? another : stage.authority).issue(row.common_name, row.names);
    }
    client.shake_hands(row.common_name == nullptr ? nullptr : &identity);
    client.send(make_request("INVITE", "i"));
    const auto reply = client.receive();
    CHECK(reply.has_value() == (row.level != '-'));
    CHECK(stage.count(Counter::level_a) == (row.level == 'A' ? 1 : 0));
    CHECK(stage.count(Counter::level_c) == (row.level == 'C' ? 1 : 0));
    // The client hears of a bad certificate before it is counted.
    CHECK(comes_true_soon([&] {
      return stage.count(Counter::stream_refused_source) +
                 stage.count(Counter::stream_tls_failed) ==
             (row.level == '-' ? 1U : 0U);
    }));
  }
}

TEST_CASE("tls: whatever client_ca holds is trusted, and nothing else") {
  const TlsAuthority root("root");
  const TlsAuthority intermediate("intermediate", &root);
  const char* const names = "DNS:sbc.example";
  const TlsIdentity of_root = root.issue("x", names);
  const TlsIdentity of_intermediate = intermediate.issue("x", names);
  struct Row {
    const char* why;
    std::string client_ca;
    const TlsIdentity& client;
    bool is_let_in;
  };
  const Row rows[] = {
      {"a root's", root.certificate(), of_root, true},
      {"an intermediate's, which is there", root.certificate() + intermediate.certificate(),
       of_intermediate, true},
      {"an intermediate's, whose root is not there", intermediate.certificate(), of_intermediate,
       true},
      {"an intermediate's, which is not there", root.certificate(), of_intermediate, false},
      {"the root's, where the intermediate is there alone", intermediate.certificate(), of_root,
       false},
      {"a client that is trusted itself", of_root.certificate, of_root, true},
      {"the same beside its CA", root.certificate() + of_root.certificate, of_root, true},
      {"another one", of_root.certificate, of_intermediate, false},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.why));
    TlsStage stage;
    stage.server.set_tls(make_context(stage.own, Clients::asked, row.client_ca));
    stage.snapshots.publish(make_peers_by_client(*stage.snapshots.current()));
    stage.server.start();
    StreamClient client(stage.port);
    client.shake_hands(&row.client);
    client.send(make_request("INVITE", "i"));
    CHECK(client.receive().has_value() == row.is_let_in);
  }
}

TEST_CASE("tls: where a certificate is required nobody gets in without one") {
  TlsStage stage(Clients::must_answer);
  stage.server.start();
  StreamClient client(stage.port);
  client.shake_hands();
  client.send(make_request("INVITE", "i"));
  CHECK_FALSE(client.receive());
  CHECK(stage.count(Counter::received) == 0);
  const TlsIdentity identity = stage.authority.issue("any", "DNS:any.example");
  StreamClient known(stage.port);
  REQUIRE(known.shake_hands(&identity));
  REQUIRE(known.send(make_request("INVITE", "k")));
  CHECK(is_signed(known.receive(), "k"));  // loopback is a peer by its address
}

TEST_CASE("tls: who does not finish a handshake is ended, and so is who speaks no TLS") {
  StreamLimits limits;
  limits.handshake = std::chrono::milliseconds(200);
  TlsStage stage(Clients::not_asked, limits);
  stage.server.start();
  StreamClient silent(stage.port);
  StreamClient plain(stage.port);
  plain.send(make_request("INVITE", "plain"));
  StreamClient half(stage.port);
  half.send(std::string("\x16\x03\x01\x02\x00\x01", 6));
  CHECK(comes_true_soon([&] { return stage.count(Counter::stream_timed_out) == 2; }));
  CHECK(comes_true_soon([&] { return stage.count(Counter::stream_tls_failed) == 1; }));
  CHECK(comes_true_soon([&] { return stage.server.connections() == 0; }));
  CHECK(stage.count(Counter::received) == 0);
}

TEST_CASE("tls: a stop waits for the rest of a record, and of a handshake") {
  TlsStage stage;
  stage.server.start();
  StreamClient half(stage.port);
  REQUIRE(half.shake_hands());
  REQUIRE(half.send(make_request("INVITE", "before")));
  REQUIRE(is_signed(half.receive(), "before"));
  const std::string record = half.to_record(make_request("INVITE", "half"));
  REQUIRE(half.send_raw(record.substr(0, 100)));
  StreamClient late(stage.port);
  REQUIRE(comes_true_soon([&] { return stage.server.connections() == 2; }));
  stage.server.stop();
  std::this_thread::sleep_for(std::chrono::milliseconds(600));
  REQUIRE(half.send_raw(record.substr(100)));
  CHECK(is_signed(half.receive(), "half"));
  CHECK(half.is_ended());
  REQUIRE(late.shake_hands());
  REQUIRE(late.send(make_request("INVITE", "late")));
  CHECK(is_signed(late.receive(), "late"));
  CHECK(late.is_ended());
}

TEST_CASE("tls: who floods the door does not hide whose handshake failed") {
  StreamLimits limits;
  limits.connections_per_source = 1;
  TlsStage stage(Clients::not_asked, limits);
  stage.server.start();
  StreamClient plain(stage.port);
  REQUIRE(plain.send(make_request("INVITE", "plain")));
  REQUIRE(comes_true_soon([&] { return stage.count(Counter::stream_tls_failed) == 1; }));
  REQUIRE(comes_true_soon([&] { return stage.server.connections() == 0; }));
  StreamClient one(stage.port);
  REQUIRE(one.shake_hands());
  std::set<std::string> told;
  for (std::uint64_t turn = 1; turn <= 2; ++turn) {
    const StreamClient more(stage.port);
    REQUIRE(comes_true_soon([&] { return stage.count(Counter::stream_refused_full) == turn; }));
    told.insert(stage.server.take_turned_away().value().reason);
  }
  CHECK(told.contains("beyond connections_max or connections_per_source"));
  CHECK(told.size() == 2);
}

TEST_CASE("tls: of the handshakes that begin in a second there is a most") {
  StreamLimits limits;
  limits.handshakes_per_second = 3;
  TlsStage stage(Clients::not_asked, limits);
  stage.server.start();
  std::vector<StreamClient> clients;
  for (int i = 0; i < 12; ++i) clients.emplace_back(stage.port);
  CHECK(comes_true_soon([&] {
    return stage.count(Counter::stream_accepted) + stage.count(Counter::stream_refused_full) == 12;
  }));
  CHECK(stage.count(Counter::stream_refused_full) >= 6);  // two seconds at most
}

TEST_CASE("tls: strangers take at most half of the connections") {
  StreamLimits limits;
  limits.connections_max = 4;
  TlsStage stage(Clients::asked, limits);
  stage.snapshots.publish(make_peers_by_client(*stage.snapshots.current()));
  stage.server.start();
  const TlsIdentity identity = stage.authority.issue("x", "DNS:sbc.example");
  StreamClient first(stage.port);
  REQUIRE(first.shake_hands(&identity));
  REQUIRE(first.send(make_request("OPTIONS", "proven")));
  REQUIRE(first.receive());
  std::vector<StreamClient> strangers;
  for (int i = 0; i < 5; ++i) strangers.emplace_back(stage.port);
  CHECK(comes_true_soon([&] { return stage.count(Counter::stream_refused_full) == 3; }));
  CHECK(stage.server.connections() == 3);
  strangers.clear();
  CHECK(comes_true_soon([&] { return stage.server.connections() == 1; }));
  StreamClient second(stage.port);
  CHECK(second.shake_hands(&identity));
}

TEST_CASE("tls: another certificate is shown to the next connection, and the old one serves on") {
  TlsStage stage;
  stage.server.start();
  const auto serial_of = [](const StreamClient& client) {
    return ASN1_INTEGER_get(X509_get0_serialNumber(SSL_get0_peer_certificate(client.ssl())));
  };
  StreamClient before(stage.port);
  REQUIRE(before.shake_hands());
  stage.server.set_tls(
      make_context(stage.authority.issue("server", "DNS:sip.example"), Clients::not_asked, ""));
  CHECK(comes_true_soon([&] {
    StreamClient after(stage.port);
    return after.shake_hands() && serial_of(after) != serial_of(before);
  }));
  REQUIRE(before.send(make_request("INVITE", "old")));
  CHECK(is_signed(before.receive(), "old"));
}

/// The same certificate with another notAfter; nobody looks at the signature of a server's own.
std::string with_end(const std::string& pem, std::string_view date) {
  const BioPtr in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const X509Ptr certificate(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr));
  const ASN1_TIME* const end = X509_get0_notAfter(certificate.get());
  if (ASN1_STRING_length(end) != static_cast<int>(date.size())) throw std::runtime_error("date");
  std::string der = shaken302::test::to_der_bytes(certificate.get());
  const std::string old(reinterpret_cast<const char*>(ASN1_STRING_get0_data(end)), date.size());
  der.replace(der.rfind(old), date.size(), date);
  const auto* position = reinterpret_cast<const unsigned char*>(der.data());
  const X509Ptr changed(d2i_X509(nullptr, &position, static_cast<long>(der.size())));
  return shaken302::test::to_pem(changed.get());
}

TEST_CASE("tls_context: whether clients take the leaf for a server's") {
  const TlsAuthority authority;
  struct Row {
    const char* why;
    TlsAuthority::Extensions extensions;
    bool is_for_servers;
  };
  const Row rows[] = {
      {"nothing is said", {}, true},
      {"a server's", {{NID_ext_key_usage, "serverAuth"}}, true},
      {"both", {{NID_ext_key_usage, "clientAuth,serverAuth"}}, true},
      {"a client's alone", {{NID_ext_key_usage, "clientAuth"}}, false},
      {"nothing that a handshake could use", {{NID_key_usage, "critical,keyCertSign"}}, false},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.why));
    const TlsIdentity server = authority.issue("server", nullptr, row.extensions);
    const auto context =
        TlsContext::make({server.certificate, server.key, {}, "", Clients::not_asked});
    REQUIRE(context);
    CHECK(context->is_for_servers() == row.is_for_servers);
    CHECK_FALSE(context->client_ca());
  }
}

TEST_CASE("client_ca: the first end of a CA that no other certificate of it outlives") {
  const TlsAuthority one("one");
  const TlsAuthority two("two");
  const std::string one_ended = with_end(one.certificate(), "200101000000Z");
  const std::string two_ended = with_end(two.certificate(), "210101000000Z");
  const std::string client = one.issue("client", nullptr).certificate;
  const auto of_year = [](int year) {
    return UnixTime(std::chrono::sys_days(std::chrono::year(year) / 1 / 1));
  };
  const UnixTime now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  struct Row {
    const char* why;
    std::string pem;
    UnixTime from, to;  ///< between these it ends
    const char* subject;
    bool has_ca;
  };
  const Row rows[] = {
      {"none", "", UnixTime::max(), UnixTime::max(), "", false},
      {"one", one.certificate(), now, now + std::chrono::hours(25), "CN=one", true},
      {"one has ended", two.certificate() + one_ended, of_year(2020), of_year(2020), "CN=one",
       true},
      {"both have", two_ended + one_ended, of_year(2020), of_year(2020), "CN=one", true},
      {"a renewed one", one_ended + one.certificate(), now, now + std::chrono::hours(25), "CN=one",
       true},
      {"renewed, in the other order", one.certificate() + one_ended, now,
       now + std::chrono::hours(25), "CN=one", true},
      {"renewed, and another has ended", one.certificate() + one_ended + two_ended, of_year(2021),
       of_year(2021), "CN=two", true},
      {"a client's own", client, now, now + std::chrono::hours(25), "CN=client", false},
      {"what cannot be read ends it",
       one.certificate() + "-----BEGIN CERTIFICATE-----\n" + two_ended, now,
       now + std::chrono::hours(25), "CN=one", true},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.why));
    const ClientCaFacts facts = read_client_ca(row.pem);
    CHECK(facts.until >= row.from);
    CHECK(facts.until <= row.to);
    CHECK(facts.subject == row.subject);
    CHECK(facts.has_ca == row.has_ca);
    CHECK(ERR_peek_error() == 0);
  }
}

TEST_CASE("tls_context: one row per way in which files are wrong") {
  const TlsAuthority authority;
  const TlsIdentity good = authority.issue("server", nullptr);
  const TlsIdentity other = authority.issue("other", nullptr);
  const auto key = shaken302::test::make_ec_key();
  const std::string locked = shaken302::test::to_pkcs8_pem(key.get(), "open sesame");
  struct Row {
    const char* why;
    TlsContext::Material material;
    std::optional<TlsError> error;
  };
  const std::string broken = good.certificate.substr(0, good.certificate.size() / 2);
  const std::string_view ca = authority.certificate();
  const std::string dateless = with_end(good.certificate, "99XX01000000Z");
  const std::string backwards = with_end(good.certificate, "000101000000Z");
  const Row rows[] = {
      {"good", {good.certificate, good.key, {}, "", Clients::not_asked}, {}},
      {"good, with clients", {good.certificate, good.key, {}, ca, Clients::asked}, {}},
      {"no certificate", {"", good.key, {}, "", Clients::not_asked}, TlsError::certificate},
      {"half a certificate", {broken, good.key, {}, "", Clients::not_asked}, TlsError::certificate},
      {"an end that is no date", {dateless, good.key, {}, "", Clients::not_asked}, TlsError::dates},
      {"an end before the beginning",
       {backwards, good.key, {}, "", Clients::not_asked},
       TlsError::dates},
      {"no key", {good.certificate, "", {}, "", Clients::not_asked}, TlsError::key},
      {"a certificate for a key",
       {good.certificate, good.certificate, {}, "", Clients::not_asked},
       TlsError::key},
      {"another key",
       {good.certificate, other.key, {}, "", Clients::not_asked},
       TlsError::key_of_another},
      {"an encrypted key without passphrase",
       {good.certificate, locked, {}, "", Clients::not_asked},
       TlsError::passphrase},
      {"with the wrong one",
       {good.certificate, locked, "sesame", "", Clients::not_asked},
       TlsError::passphrase},
      {"with the right one it is that of another",
       {good.certificate, locked, "open sesame", "", Clients::not_asked},
       TlsError::key_of_another},
      {"no CA of clients",
       {good.certificate, good.key, {}, "", Clients::asked},
       TlsError::client_ca},
      {"half a CA of clients",
       {good.certificate, good.key, {}, broken, Clients::must_answer},
       TlsError::client_ca},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.why));
    const auto context = TlsContext::make(row.material);
    CHECK(context.has_value() == !row.error.has_value());
    if (!context && row.error)
      CHECK(static_cast<int>(context.error()) == static_cast<int>(*row.error));
    CHECK(ERR_peek_error() == 0);
  }
}

}  // namespace
}  // namespace shaken302::net
