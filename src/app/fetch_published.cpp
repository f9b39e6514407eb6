// SPDX-License-Identifier: MIT
#include "fetch_published.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <map>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace shaken302::app {
namespace {

using Clock = std::chrono::steady_clock;

struct EasyEnd {
  void operator()(CURL* easy) const noexcept { curl_easy_cleanup(easy); }
};
struct MultiEnd {
  void operator()(CURLM* multi) const noexcept { curl_multi_cleanup(multi); }
};
using EasyPtr = std::unique_ptr<CURL, EasyEnd>;
using MultiPtr = std::unique_ptr<CURLM, MultiEnd>;

/// Once for the process, and never undone: other parts use OpenSSL to the very end.
bool is_curl_ready() noexcept {
  static const bool is_ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return is_ready;
}

Fetched::End end_of(CURLcode code) noexcept {
  switch (code) {
    case CURLE_OK:
      return Fetched::End::answered;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_SSL_ENGINE_SETFAILED:
    case CURLE_SSL_ENGINE_INITFAILED:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
      return Fetched::End::tls;
    default:
      return Fetched::End::unreachable;
  }
}

}  // namespace

/// Stays where it is: libcurl holds pointers into it.
struct PublishedFetcher::Transfer {
  std::string id;
  std::size_t bytes_max = 0;
  std::size_t header_bytes = 0;
  bool is_too_large = false;
  std::string body;
  std::array<char, CURL_ERROR_SIZE> error{};
  EasyPtr easy;

  /// Less than `bytes` ends the transfer.
  static std::size_t take_body(char* data, std::size_t, std::size_t bytes, void* self) noexcept {
    auto& transfer = *static_cast<Transfer*>(self);
    const std::size_t taken = std::min(bytes, transfer.bytes_max - transfer.body.size());
    try {
      transfer.body.append(data, taken);
    } catch (const std::bad_alloc&) {
      return 0;
    }
    transfer.is_too_large = taken < bytes;
    return taken;
  }
  static std::size_t take_header(char*, std::size_t, std::size_t bytes, void* self) noexcept {
    auto& transfer = *static_cast<Transfer*>(self);
    transfer.header_bytes += bytes;
    transfer.is_too_large = transfer.header_bytes > transfer.bytes_max;
    return transfer.is_too_large ? 0 : bytes;
  }

  [[nodiscard]] Fetched end(CURLcode code) {
    Fetched fetched;
    fetched.end = is_too_large ? Fetched::End::too_large : end_of(code);
    curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &fetched.status);
    fetched.body = std::move(body);
    if (is_too_large) {
      fetched.detail = "more than " + std::to_string(bytes_max) + " bytes";
    } else if (code != CURLE_OK) {
      fetched.detail = error[0] != '\0' ? error.data() : curl_easy_strerror(code);
    }
    return fetched;
  }
};

namespace {

/// True when libcurl took every one.
template <class... Options>
bool set(CURL* easy, Options... options) {
  bool is_set = true;
  const auto take = [&](const auto& option) {
    is_set = is_set && curl_easy_setopt(easy, option.first, option.second) == CURLE_OK;
  };
  (take(options), ...);
  return is_set;
}

template <class Value>
std::pair<CURLoption, Value> to(CURLoption option, Value value) {
  return {option, value};
}

bool ask_as_verifiers_do(CURL* easy, const std::string& url) {
  return set(easy, to(CURLOPT_URL, url.c_str()), to(CURLOPT_PROTOCOLS_STR, "https"),
             to(CURLOPT_FOLLOWLOCATION, 0L), to(CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1}),
             to(CURLOPT_USERAGENT, "shaken302/" SHAKEN302_VERSION),
             // The environment may name proxies: verifiers do not come that way.
             to(CURLOPT_PROXY, ""), to(CURLOPT_NOPROXY, "*"));
}

bool bound(CURL* easy, const FetchLimits& limits) {
  // To libcurl 0 is no limit.
  const long timeout = std::max(1L, static_cast<long>(limits.timeout.count()));
  return set(easy, to(CURLOPT_TIMEOUT_MS, timeout), to(CURLOPT_CONNECTTIMEOUT_MS, timeout),
             to(CURLOPT_NOSIGNAL, 1L),
             // A look-up of a name that hangs is left behind and not waited for.
             to(CURLOPT_QUICK_EXIT, 1L));
}

bool trust(CURL* easy, const FetchLimits& limits) {
  constexpr long also_the_name = 2;
  constexpr long kept_seconds = 600;  // a list of authorities: parsing one takes milliseconds
  bool is_set = set(easy, to(CURLOPT_SSL_VERIFYPEER, 1L), to(CURLOPT_SSL_VERIFYHOST, also_the_name),
                    to(CURLOPT_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2}),
                    to(CURLOPT_CA_CACHE_TIMEOUT, kept_seconds));
  if (!limits.ca_file.empty()) {
    const char* no_folder = nullptr;
    is_set = is_set &&
             set(easy, to(CURLOPT_CAINFO, limits.ca_file.c_str()), to(CURLOPT_CAPATH, no_folder));
  }
  return is_set;
}

}  // namespace

struct PublishedFetcher::State {
  FetchLimits limits;
  std::map<std::string, std::unique_ptr<Transfer>> transfers;
  std::vector<Ended> refused;  // by libcurl, before they began
  MultiPtr multi;

  ~State() {
    for (const auto& [id, transfer] : transfers) {
      curl_multi_remove_handle(multi.get(), transfer->easy.get());
    }
  }

  bool begin(Transfer& transfer, const std::string& url) const {
    CURL* easy = transfer.easy.get();
    return easy != nullptr && ask_as_verifiers_do(easy, url) && bound(easy, limits) &&
           trust(easy, limits) &&
           set(easy, to(CURLOPT_WRITEFUNCTION, &Transfer::take_body),
               to(CURLOPT_WRITEDATA, &transfer), to(CURLOPT_HEADERFUNCTION, &Transfer::take_header),
               to(CURLOPT_HEADERDATA, &transfer), to(CURLOPT_ERRORBUFFER, transfer.error.data()),
               to(CURLOPT_PRIVATE, &transfer)) &&
           curl_multi_add_handle(multi.get(), easy) == CURLM_OK;
  }

  void collect(std::vector<Ended>& ended) {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi.get(), &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      CURL* easy = message->easy_handle;
      const CURLcode code = message->data.result;  // the message is gone with its handle
      Transfer* transfer = nullptr;
      curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
      ended.push_back({transfer->id, transfer->end(code)});
      curl_multi_remove_handle(multi.get(), easy);
      transfers.erase(ended.back().id);
    }
  }
};

PublishedFetcher::PublishedFetcher(FetchLimits limits) : state_(std::make_unique<State>()) {
  if (!is_curl_ready()) throw std::runtime_error("libcurl does not start");
  state_->limits = std::move(limits);
  state_->multi.reset(curl_multi_init());
  if (!state_->multi) throw std::runtime_error("libcurl does not start");
}

PublishedFetcher::~PublishedFetcher() = default;

void PublishedFetcher::start(const std::string& id, const std::string& url) {
  auto transfer = std::make_unique<Transfer>();
  transfer->id = id;
  transfer->bytes_max = state_->limits.bytes_max;
  transfer->easy.reset(curl_easy_init());
  Transfer& kept = *(state_->transfers[id] = std::move(transfer));
  if (state_->begin(kept, url)) return;
  state_->transfers.erase(id);
  Fetched fetched;
  fetched.detail = "libcurl does not take the request";
  state_->refused.push_back({id, std::move(fetched)});
}

void PublishedFetcher::drop(const std::string& id) {
  std::erase_if(state_->refused, [&id](const Ended& one) { return one.id == id; });
  const auto found = state_->transfers.find(id);
  if (found == state_->transfers.end()) return;
  curl_multi_remove_handle(state_->multi.get(), found->second->easy.get());
  state_->transfers.erase(found);
}

std::size_t PublishedFetcher::running() const noexcept { return state_->transfers.size(); }

std::vector<PublishedFetcher::Ended> PublishedFetcher::wait(Clock::time_point until) {
  std::vector<Ended> ended = std::exchange(state_->refused, {});
  int running = 0;
  curl_multi_perform(state_->multi.get(), &running);
  state_->collect(ended);
  if (!ended.empty()) return ended;
  constexpr std::chrono::milliseconds longest{60'000};
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
  const auto time = std::clamp(left, std::chrono::milliseconds{0}, longest);
  curl_multi_poll(state_->multi.get(), nullptr, 0, static_cast<int>(time.count()), nullptr);
  curl_multi_perform(state_->multi.get(), &running);
  state_->collect(ended);
  return ended;
}

void PublishedFetcher::wake() noexcept { curl_multi_wakeup(state_->multi.get()); }

}  // namespace shaken302::app
