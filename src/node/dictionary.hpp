// What programs leave on a node for those that come after them: values under names, for a while.
//
// Every principal has names of its own and sees no others. A quota bounds what each keeps, another what all
// keep together; what does not fit is refused and changes nothing, since to drop somebody else's entry would
// let a flood of names empty the dictionary. An entry lives for the time to live since it was last written.
// All live equally long, so a list in the order of writing is in the order of expiry, too: nothing is ever
// searched for what is old.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "node/config.hpp"
#include "node/ports.hpp"

namespace splash::node {

class Dictionary {
public:
    static constexpr std::size_t kMaxNameOctets = 255;
    using Value = std::variant<std::int64_t, std::string>;

    explicit Dictionary(const DictionaryLimits& limits) : limits_(limits) {}

    /// Writes an entry, new or in place of the one there is, and lets it live for another time to live.
    /// False, and nothing changed, if a quota is used up. The name has at most kMaxNameOctets.
    [[nodiscard]] bool put(std::string_view principal, std::string_view name, Value value, Instant now);
    /// Null if there is none. Valid until the next call.
    [[nodiscard]] const Value* find(std::string_view principal, std::string_view name, Instant now);
    /// Whether there was one.
    bool erase(std::string_view principal, std::string_view name, Instant now);

    void expire(Instant now);
    [[nodiscard]] std::optional<Instant> next_expiry() const;
    /// Entries stay, also those beyond a smaller quota: they only count against what is written next.
    void set_limits(const DictionaryLimits& limits) { limits_ = limits; }

    [[nodiscard]] std::size_t entries() const { return by_age_.size(); }
    /// Of names and values, an integer being 8.
    [[nodiscard]] std::size_t octets() const { return octets_; }

private:
    struct Entry {
        std::string principal;
        std::string name;
        Value value;
        Instant written;
    };
    using ByAge = std::list<Entry>;  ///< the oldest writing first
    /// Trees: names are the programs' to choose, and a hash could be made to collide.
    struct Holding {
        std::map<std::string_view, ByAge::iterator> by_name;  ///< the names are the entries' own
        std::size_t octets = 0;
    };
    using Holdings = std::map<std::string, Holding, std::less<>>;

    [[nodiscard]] static std::size_t size_of(std::string_view name, const Value& value);
    /// Whether `more` octets fit, in an entry that is new or is there.
    [[nodiscard]] bool has_room(const Holding* holding, bool is_new, std::size_t more) const;
    [[nodiscard]] std::optional<ByAge::iterator> look_up(std::string_view principal, std::string_view name);
    void remove(ByAge::iterator entry);

    DictionaryLimits limits_;
    ByAge by_age_;
    Holdings holdings_;  ///< of those who have entries
    std::size_t octets_ = 0;
};

}  // namespace splash::node
