// SPDX-License-Identifier: MIT
//
// Sections, rows of a file and rows of a table may stand in any order: every call gets the same
// decision, also from a snapshot that keeps parts of an earlier one.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <random>
#include <thread>

#include "config/ip_text.hpp"
#include "shaken302/decision.hpp"
#include "tables_scene.hpp"

using namespace shaken302;
using namespace shaken302::directory;
using namespace shaken302::directory::test;

namespace {

using Texts = std::vector<std::string>;

const std::string files_of_house =
    "key = \"house.key\"\ncertificate = \"house.pem\"\nx5u = \"https://cert.example.com/h.pem\"\n";

const Texts credentials = {
    "[[credential]]\nname = \"house\"\n" + files_of_house,
    "[[credential]]\nname = \"other\"\nmax_attestation = \"B\"\n" + files_of_house,
    "[[credential]]\nname = \"spare\"\n" + files_of_house,
};

const Texts entries = {
    "[[peer]]\nname = \"edge\"\nsources = [\"10.0.0.0/24\"]\ncaller_id_screened = true\n"
    "account_from = [\"header:X-Account\", \"number\"]\ncredential = \"house\"\n",
    "[[peer]]\nname = \"narrow\"\nsources = [\"10.0.0.7\"]\naccount_from = [\"number\"]\n",
    "[[peer]]\nname = \"hosted\"\nsources = [\"10.0.0.0/24\"]\nhosts = [\"gw.example\"]\n"
    "account_from = [\"fixed:acme\"]\nretargeted_max_attestation = \"B\"\n",
    "[[peer]]\nname = \"wide\"\nsources = [\"10.0.0.0/16\", \"10.9.0.0/16\"]\n"
    "account_from = [\"header:X-Account\"]\nsuspended_accounts = \"C\"\ncredential = \"spare\"\n"
    "caller_rules = [\"+1312=block\", \"+1=B\"]\n",
    "[[account]]\nid = \"acme\"\nbusiness_profile = \"approved\"\ntrust_product = \"approved\"\n"
    "credential = \"house\"\nfamily_numbers = true\n",
    "[[account]]\nid = \"acme-store\"\nparent = \"acme\"\n",
    "[[account]]\nid = \"acme-store-kiosk\"\nparent = \"acme-store\"\nfamily_numbers = true\n",
    "[[account]]\nid = \"acme-capped\"\nparent = \"acme\"\nmax_attestation = \"C\"\n",
    "[[account]]\nid = \"acme-rejected\"\nparent = \"acme\"\ntrust_product = \"rejected\"\n",
    "[[account]]\nid = \"rival\"\nbusiness_profile = \"approved\"\ntrust_product = \"approved\"\n"
    "credential = \"other\"\noutside_attestation = \"C\"\n",
    "[[account]]\nid = \"rival-branch\"\nparent = \"rival\"\ncredential = \"spare\"\n",
    "[[account]]\nid = \"newcomer\"\nbusiness_profile = \"pending\"\ncredential = \"house\"\n",
    "[[account]]\nid = \"gone\"\nstatus = \"suspended\"\ncredential = \"house\"\n",
    "[[account]]\nid = \"gone-child\"\nparent = \"gone\"\n",
};

const std::string number_columns = "number,account,valid_from,valid_until,basis,reference\n";
/// Ranges in ranges, rows that hide the ranges around them, rows that are not valid at noon.
const Texts rows = {
    "12155550000-12155559999,acme,,,assigned,\n",
    "12155550100-12155550199,acme-store,,,loa,order 1\n",
    "12155550110-12155550119,acme-store-kiosk,,,assigned,\n",
    "12155550115,rival,,,verified,ported out\n",
    "12155550116,rival,,2029-12-31,verified,over\n",
    "12155550117,rival,2031-01-01,,verified,not yet\n",
    "12155550120-12155550129,rival,,2029-12-31,,\n",
    "12155550125,acme,,,,\n",
    "12155550130,gone,,,,\n",
    "12155550131,gone-child,,,,\n",
    "12155550132,acme-capped,,,,\n",
    "12155550133,acme-rejected,,,,\n",
    "12155550140-12155550149,rival-branch,2026-01-01,2035-12-31,delegated,\n",
    "13125550100,rival,,,,\n",
    "442079460000-442079460999,newcomer,,,,\n",
    "442079460500,acme,,,,\n",
    "491711234567890,acme,,,,\n",
};

const std::string never_columns = "number,valid_from,valid_until,reference\n";
const Texts never_rows = {"12155550150-12155550159,,,\n", "12155550155,,2029-12-31,\n",
                          "18005550100,,,\n"};

std::string joined(const Texts& texts) {
  std::string out;
  for (const std::string& text : texts) out += text;
  return out;
}

Texts shuffled(Texts texts, std::mt19937& random) {
  std::ranges::shuffle(texts, random);
  return texts;
}

std::string in_order(std::mt19937& random) {
  Texts all = credentials;
  all.insert(all.end(), entries.begin(), entries.end());
  return joined(shuffled(std::move(all), random));
}

const std::string directory_section = "[directory]\ndo_not_originate = \"never.csv\"\n";

std::string first_toml() { return directory_section + joined(credentials) + joined(entries); }

/// The decision about one call, with nothing in it that is a place in a table.
std::string decision_of(const Snapshot& snapshot, const Call& call) {
  const Decision decision = decide(call, snapshot, shaken302::test::noon);
  const auto name_of_account = [&] {
    return decision.account == no_index ? std::string("-")
                                        : snapshot.accounts->accounts().at(decision.account).id;
  };
  const auto name_of_credential = [&] {
    return decision.credential == no_index
               ? std::string("-")
               : snapshot.credentials->entries.at(decision.credential).credential.name();
  };
  const bool is_signed = decision.verdict == Verdict::sign;
  return fmt::format("{}{} {} {}", static_cast<int>(decision.verdict),
                     is_signed ? to_char(decision.level) : '-', name_of_account(),
                     name_of_credential());
}

/// Who calls from where on whose account: 4 x 22 x 7 x 2 calls.
std::map<std::string, std::string> decisions(const Snapshot& snapshot) {
  static const Texts callers = {"+12155550001", "+12155550100", "+12155550112", "+12155550115",
                                "+12155550116", "+12155550117", "+12155550120", "+12155550125",
                                "+12155550130", "+12155550131", "+12155550132", "+12155550133",
                                "+12155550145", "+12155550152", "+12155550155", "+13125550100",
                                "+14155550100", "442079460123", "442079460500", "+491711234567890",
                                "+18005550100", "alice"};
  static const Texts accounts = {"",           "acme",  "acme-store", "acme-store-kiosk",
                                 "gone-child", "rival", "nobody"};
  std::map<std::string, std::string> out;
  for (const char* source : {"10.0.0.1", "10.0.0.7", "10.0.1.1", "10.9.0.1"}) {
    for (const char* host : {"127.0.0.1", "gw.example"}) {
      const std::uint32_t peer = snapshot.peers->find({*config::parse_ip(source), {}}, host);
      REQUIRE(peer != no_index);
      for (const std::string& caller : callers) {
        for (const std::string& account : accounts) {
          Call call;
          call.peer = peer;
          call.request_uri = call.to = {UriScheme::sip, "+12155550999", host};
          call.from = {UriScheme::sip, caller, "a.example"};
          call.account_values[0] = account;
          call.call_id = "c1";
          out[fmt::format("{} {} {} {}", source, host, caller, account)] =
              snapshot.peers->peers()[peer].name + ' ' + decision_of(snapshot, call);
        }
      }
    }
  }
  return out;
}

class OrderScene : public TablesScene {
 public:
  OrderScene() { write_rows(rows, never_rows); }

  void write_rows(const Texts& numbers, const Texts& never) const {
    folder.write("numbers.csv", number_columns + joined(numbers));
    folder.write("never.csv", never_columns + joined(never));
  }
  [[nodiscard]] LoadedSnapshot load_good(const config::Configuration& configuration,
                                         const Earlier& earlier = {}) {
    auto loaded = load_snapshot(configuration, 1, shaken302::test::noon, slots, {}, earlier);
    expect(loaded);
    return *std::move(loaded);
  }
};

void check_same(const std::map<std::string, std::string>& expected, const Snapshot& snapshot) {
  const auto found = decisions(snapshot);
  REQUIRE(found.size() == expected.size());
  for (const auto& entry : expected) {
    if (found.at(entry.first) == entry.second) continue;
    CAPTURE(entry.first);
    CHECK(found.at(entry.first) == entry.second);
  }
}

std::map<std::string, std::size_t> places(const Snapshot& snapshot) {
  std::map<std::string, std::size_t> out;
  for (const Account& account : snapshot.accounts->accounts()) {
    const std::size_t place = out.size();
    out[account.id] = place;
  }
  return out;
}

constexpr int shuffles = 20;

}  // namespace

TEST_CASE("order: the calls of this test see every peer, verdict, level and credential") {
  OrderScene scene;
  std::map<std::string, int> seen;
  for (const auto& [call, decision] :
       decisions(*scene.load_good(scene.configuration(first_toml())).snapshot)) {
    std::string word;
    for (const char c : decision + ' ') {
      if (c != ' ') {
        word += c;
        continue;
      }
      ++seen[word];
      word.clear();
    }
  }
  const std::string block = fmt::format("{}-", static_cast<int>(Verdict::block));
  const std::string leave = fmt::format("{}-", static_cast<int>(Verdict::leave_unsigned));
  const std::string sign = fmt::format("{}", static_cast<int>(Verdict::sign));
  for (const std::string& word :
       {std::string("edge"), std::string("narrow"), std::string("hosted"), std::string("wide"),
        sign + 'A', sign + 'B', sign + 'C', leave, block, std::string("house"),
        std::string("other"), std::string("spare")}) {
    CAPTURE(word);
    CHECK(seen[word] >= 5);
  }
}

TEST_CASE("order: sections and rows in any order decide every call alike") {
  OrderScene scene;
  const auto expected = decisions(*scene.load_good(scene.configuration(first_toml())).snapshot);
  std::mt19937 random(302);
  for (int i = 0; i < shuffles; ++i) {
    CAPTURE(i);
    scene.write_rows(shuffled(rows, random), shuffled(never_rows, random));
    const auto loaded = scene.load_good(scene.configuration(directory_section + in_order(random)));
    check_same(expected, *loaded.snapshot);
  }
}

TEST_CASE("order: on top of an earlier snapshot accounts keep their place, and numbers stay") {
  OrderScene scene;
  std::this_thread::sleep_for(std::chrono::milliseconds(70));  // files that nobody writes any more
  LoadedSnapshot before = scene.load_good(scene.configuration(first_toml()));
  const auto expected = decisions(*before.snapshot);
  const auto first_places = places(*before.snapshot);
  std::mt19937 random(303);
  for (int i = 0; i < shuffles; ++i) {
    CAPTURE(i);
    const bool is_rewritten = i >= shuffles / 2;
    if (is_rewritten) scene.write_rows(shuffled(rows, random), shuffled(never_rows, random));
    auto loaded = scene.load_good(scene.configuration(directory_section + in_order(random)),
                                  {&before, false});
    CHECK((loaded.snapshot->numbers == before.snapshot->numbers) == !is_rewritten);
    CHECK((loaded.snapshot->never_calls == before.snapshot->never_calls) == !is_rewritten);
    CHECK(places(*loaded.snapshot) == first_places);
    check_same(expected, *loaded.snapshot);
    before = std::move(loaded);
  }
}

TEST_CASE("order: rows of tables that were inserted in any order decide every call alike") {
  OrderScene scene;
  const auto expected = decisions(*scene.load_good(scene.configuration(first_toml())).snapshot);
  const auto with_tables =
      scene.configuration(joined(credentials) + "[directory]\nsource = \"sqlite:db\"\n");
  scene.expect(init_database(with_tables.directory));
  std::mt19937 random(304);
  std::optional<LoadedSnapshot> before;
  for (int i = 0; i < shuffles; ++i) {
    CAPTURE(i);
    const std::string toml = directory_section + in_order(random);
    scene.folder.write("t.toml", toml);
    scene.write_rows(shuffled(rows, random), shuffled(never_rows, random));
    scene.expect(import_files(scene.configuration(toml), with_tables.directory, true));
    check_same(expected, *scene.load_good(with_tables).snapshot);
    if (before) {
      auto loaded = scene.load_good(with_tables, {&*before, true});
      CHECK(places(*loaded.snapshot) == places(*before->snapshot));
      check_same(expected, *loaded.snapshot);
      before = std::move(loaded);
    } else {
      before = scene.load_good(with_tables);
    }
  }
}
