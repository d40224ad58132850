// Writes that happen at most once, however often they are asked for.
//
// A client that heard nothing cannot know whether its program or the answer was lost. It sends the program
// again under the id it made up for it; the node knows (principal, id, object) for a while and gives the
// result of the first time. An entry lives while the write is worked on and kRemember after it was done. What
// is remembered is never dropped early, since that would let a write happen twice: what does not fit is
// refused.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/oid.hpp"
#include "isa/value.hpp"
#include "node/ports.hpp"

namespace splash::node {

class Once {
public:
    static constexpr std::chrono::seconds kRemember{60};
    static constexpr std::size_t kMaxEntries = 16384;
    static constexpr std::size_t kMaxEntriesPerPrincipal = 4096;
    /// Whoever is admitted from elsewhere, all together: the rest is there for clients on the UNIX socket.
    static constexpr std::size_t kMaxEntriesFromElsewhere = kMaxEntries - kMaxEntriesPerPrincipal;
    /// Values to write that are kept to be compared, in octets.
    static constexpr std::size_t kMaxOctetsPerPrincipal = std::size_t{256} * 1024;

    struct Key {
        std::string principal;
        std::int64_t id = 0;
        std::optional<Oid> object;  ///< nullopt: the id by itself
        auto operator<=>(const Key&) const = default;
    };
    /// Runs once, during the call or later.
    using Answer = std::function<void(const isa::Value&)>;

    explicit Once(Clock& clock) : clock_(clock) {}

    /// True if this is the first time: the caller writes and then calls complete(), which answers. Otherwise
    /// `answer` gets the first time's result, at once or when it is there; exception IdInUse if that was
    /// about another value; exception QuotaUsedUp if there is no room to remember it.
    [[nodiscard]] bool begin(const Key& key, const isa::Value& value, Answer answer);
    /// Answers all who wait, and those who come within kRemember.
    void complete(const Key& key, const isa::Value& result);

    void expire(Instant now);
    [[nodiscard]] std::optional<Instant> next_expiry() const;
    [[nodiscard]] std::size_t size() const { return entries_.size(); }

private:
    struct Entry {
        isa::Value value;
        std::optional<isa::Value> result;  ///< nullopt: being written
        std::vector<Answer> waiting;
    };
    struct Usage {
        std::size_t entries = 0;
        std::size_t octets = 0;
    };
    [[nodiscard]] bool has_room(const std::string& principal, std::size_t octets) const;

    Clock& clock_;
    std::map<Key, Entry> entries_;
    std::map<std::string, Usage> usage_;
    std::deque<std::pair<Instant, Key>> expiries_;  ///< in order: all are remembered equally long
};

}  // namespace splash::node
