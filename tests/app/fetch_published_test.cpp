// SPDX-License-Identifier: MIT
#include "app/fetch_published.hpp"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <algorithm>

#include "app/https_server.hpp"
#include "config/temporary_folder.hpp"
#include "core/test_credentials.hpp"

using namespace shaken302;
using namespace shaken302::app;
using namespace shaken302::test;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using End = Fetched::End;
using Fault = PublicationFault;

namespace {

struct Web {
  WebIdentity identity = make_web_identity();
  HttpsServer server{identity};
  TemporaryFolder folder;
  std::string ca_file = folder.write("ca.pem", identity.authority).string();

  [[nodiscard]] FetchLimits limits(std::chrono::milliseconds timeout = 5s) const {
    return {.ca_file = ca_file, .timeout = timeout};
  }
};

Fetched fetch(const FetchLimits& limits, const std::string& url) {
  PublishedFetcher fetcher(limits);
  fetcher.start("one", url);
  const auto end = Clock::now() + 20s;
  while (Clock::now() < end) {
    auto ended = fetcher.wait(end);
    if (ended.empty()) continue;
    REQUIRE(ended.size() == 1);
    CHECK(ended[0].id == "one");
    CHECK(fetcher.running() == 0);
    return ended[0].fetched;
  }
  throw std::runtime_error("it never ended");
}

}  // namespace

TEST_CASE("fetch_published: each kind of web server, and what is found of it") {
  Web web;
  const ThrowawayCa ours = make_test_pem();
  const ThrowawayCa other = make_test_pem();
  const std::string body = ours.leaf_certificate + ours.root_certificate;
  const auto expected = *CertificateChain::parse_pem(body);
  web.server.publish("/good.pem", body);
  web.server.answer(
      "/moved.pem",
      {http_answer("302 Found", "", "Location: " + web.server.url("/good.pem") + "\r\n")});
  web.server.publish("/large.pem", body + std::string(10'000'000, ' '));
  web.server.publish("/exact.pem", body + std::string(65536 - body.size(), '\n'));
  web.server.publish("/more.pem", body + std::string(65537 - body.size(), '\n'));
  web.server.answer("/headers.pem",
                    {http_answer("200 OK", body, "X: " + std::string(70'000, 'x') + "\r\n")});
  web.server.answer(
      "/chunked.pem",
      {"HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n" +
       body.substr(0, 16) + "\r\n0\r\n\r\n"});
  web.server.answer("/endless.pem", {"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" +
                                     std::string(10'000'000, 'x')});
  web.server.answer("/cut.pem", {"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + body});
  web.server.answer("/slow.pem", {http_answer("200 OK", body), 50ms});
  web.server.answer("/silent.pem", {"", 0ms, true});
  web.server.answer("/old.pem", {body});
  web.server.publish("/key.pem", body + ours.leaf_key);
  web.server.publish("/other.pem", other.leaf_certificate + other.root_certificate);
  web.server.publish("/leaf.pem", ours.leaf_certificate);
  const HttpsServer strange(make_web_identity());
  const WebIdentity other_name = make_web_identity("DNS:other.example,IP:127.0.0.2");
  const HttpsServer of_other_name(other_name);
  const std::string other_authority = web.folder.write("other.pem", other_name.authority).string();
  const std::string broken_authority = web.folder.write("broken.pem", "no PEM").string();
  std::string http = web.server.url("/good.pem");
  http.erase(4, 1);

  struct Row {
    const char* why;
    std::string url;
    std::optional<Fault> fault;
    std::string ca_file;
    std::chrono::milliseconds timeout = 5s;
  };
  const Row rows[] = {
      {"the chain", web.server.url("/good.pem"), {}, web.ca_file},
      {"moved, to where it is", web.server.url("/moved.pem"), Fault::redirect, web.ca_file},
      {"not there", web.server.url("/none.pem"), Fault::status, web.ca_file},
      {"10 MB", web.server.url("/large.pem"), Fault::too_large, web.ca_file},
      {"as large as may be", web.server.url("/exact.pem"), {}, web.ca_file},
      {"one byte more", web.server.url("/more.pem"), Fault::too_large, web.ca_file},
      {"headers as large as that", web.server.url("/headers.pem"), Fault::too_large, web.ca_file},
      {"in chunks, and the wrong thing", web.server.url("/chunked.pem"), Fault::no_certificate,
       web.ca_file},
      {"without a length and without end", web.server.url("/endless.pem"), Fault::too_large,
       web.ca_file},
      {"less than its length says", web.server.url("/cut.pem"), Fault::unreachable, web.ca_file},
      {"byte by byte", web.server.url("/slow.pem"), Fault::unreachable, web.ca_file, 300ms},
      {"no word at all", web.server.url("/silent.pem"), Fault::unreachable, web.ca_file, 300ms},
      {"no HTTP but the chain", web.server.url("/old.pem"), Fault::unreachable, web.ca_file},
      {"the private key too", web.server.url("/key.pem"), Fault::private_key, web.ca_file},
      {"another chain", web.server.url("/other.pem"), Fault::another_chain, web.ca_file},
      {"the leaf alone", web.server.url("/leaf.pem"), Fault::another_chain, web.ca_file},
      {"a CA whom the system does not know", web.server.url("/good.pem"), Fault::tls, ""},
      {"a CA whom we do not know", strange.url("/good.pem"), Fault::tls, web.ca_file},
      {"a known CA, but another name", of_other_name.url("/good.pem"), Fault::tls, other_authority},
      {"a file of CAs that is none", web.server.url("/good.pem"), Fault::tls, broken_authority},
      {"a file of CAs that is not there", web.server.url("/good.pem"), Fault::tls,
       web.ca_file + "x"},
      {"a closed port", "https://127.0.0.1:1/good.pem", Fault::unreachable, web.ca_file},
      {"no such name", "https://none.invalid/good.pem", Fault::unreachable, web.ca_file},
      {"http", http, Fault::unreachable, web.ca_file},
      {"a file", "file://" + web.ca_file, Fault::unreachable, web.ca_file},
      {"no URL", "https://[", Fault::unreachable, web.ca_file},
  };
  for (const Row& row : rows) {
    const std::string why = row.why;
    CAPTURE(why);
    const auto begin = Clock::now();
    const Fetched fetched = fetch({.ca_file = row.ca_file, .timeout = row.timeout}, row.url);
    const auto finding = judge(expected, fetched);
    CAPTURE(fetched.detail);
    CHECK(fetched.body.size() <= 65536);
    CHECK((finding ? std::optional(finding->which) : std::nullopt) == row.fault);
    CHECK(finding.has_value() == (finding && !finding->detail.empty()));
    CHECK(Clock::now() - begin < row.timeout + 2s);
  }
  CHECK(web.server.requests("/good.pem") == 1);  // the redirection was not followed
}

TEST_CASE("fetch_published: a proxy that the environment names is not asked") {
  Web web;
  web.server.publish("/a.pem", "x");
  for (const char* name : {"https_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"}) {
    ::setenv(name, "http://127.0.0.1:1", 1);
  }
  const Fetched fetched = fetch(web.limits(), web.server.url("/a.pem"));
  for (const char* name : {"https_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"})
    ::unsetenv(name);
  CHECK(fetched.detail.empty());
  CHECK(fetched.end == End::answered);
  CHECK(fetched.status == 200);
  CHECK(fetched.body == "x");
  CHECK(web.server.last_request().starts_with("GET /a.pem HTTP/1.1\r\nHost: 127.0.0.1:"));
  CHECK(web.server.last_request().find("User-Agent: shaken302/") != std::string::npos);
}

TEST_CASE("fetch_published: several at once, one of which is dropped, and all are left behind") {
  Web web;
  web.server.answer("/silent.pem", {"", 0ms, true});
  web.server.publish("/good.pem", "x");
  const auto begin = Clock::now();
  {
    PublishedFetcher fetcher(web.limits(60s));
    fetcher.start("dropped", web.server.url("/silent.pem"));
    fetcher.start("silent", web.server.url("/silent.pem"));
    fetcher.start("good", web.server.url("/good.pem"));
    CHECK(fetcher.running() == 3);
    std::vector<PublishedFetcher::Ended> ended;
    while (ended.empty() && Clock::now() < begin + 10s) ended = fetcher.wait(begin + 10s);
    REQUIRE(ended.size() == 1);
    CHECK(ended[0].id == "good");
    fetcher.drop("dropped");
    fetcher.drop("nobody");
    CHECK(fetcher.running() == 1);
    CHECK(fetcher.wait(Clock::now() + 50ms).empty());
  }
  CHECK(Clock::now() - begin < 5s);
}

TEST_CASE("fetch_published: waiting ends at its time, and when somebody wakes it") {
  Web web;
  PublishedFetcher fetcher(web.limits());
  auto begin = Clock::now();
  while (Clock::now() < begin + 30ms) CHECK(fetcher.wait(begin + 30ms).empty());
  CHECK(Clock::now() < begin + 5s);
  begin = Clock::now();
  const std::jthread waker([&fetcher] {
    std::this_thread::sleep_for(20ms);
    fetcher.wake();
  });
  CHECK(fetcher.wait(begin + 30s).empty());
  CHECK(Clock::now() < begin + 10s);
}
