#include "once.hpp"

#include "base/assert.hpp"
#include "policy.hpp"

namespace splash::node {
namespace {

std::size_t octets_of(const isa::Value& value) {
    if (const auto* text = std::get_if<isa::Str>(&value)) {
        return text->octets.size();
    }
    const auto* oid = std::get_if<Oid>(&value);
    return oid != nullptr ? oid->subids().size() * sizeof(std::uint32_t) : sizeof(std::uint64_t);
}

/// Equal type and content. Services get no tuples, and of two NaNs each is as good as the other.
bool is_same(const isa::Value& a, const isa::Value& b) {
    const auto* x = std::get_if<double>(&a);
    const auto* y = std::get_if<double>(&b);
    return a == b || (x != nullptr && y != nullptr && *x != *x && *y != *y);
}

}  // namespace

bool Once::has_room(const std::string& principal, std::size_t octets) const {
    const auto usage_of = [this](std::string_view name) {
        const auto found = usage_.find(std::string(name));
        return found == usage_.end() ? Usage{} : found->second;
    };
    const Usage used = usage_of(principal);
    const bool is_full = principal != kLocalPrincipal &&
                         entries_.size() - usage_of(kLocalPrincipal).entries >= kMaxEntriesFromElsewhere;
    return !is_full && used.entries < kMaxEntriesPerPrincipal &&
           used.octets + octets <= kMaxOctetsPerPrincipal;
}

bool Once::begin(const Key& key, const isa::Value& value, Answer answer) {
    if (const auto known = entries_.find(key); known != entries_.end()) {
        Entry& entry = known->second;
        if (!is_same(entry.value, value)) {
            answer(isa::Exc::IdInUse);
        } else if (entry.result) {
            const isa::Value result = *entry.result;  // the answer may make entries of its own
            answer(result);
        } else {
            entry.waiting.push_back(std::move(answer));
        }
        return false;
    }
    const std::size_t octets = octets_of(value);
    if (!has_room(key.principal, octets)) {
        answer(isa::Exc::QuotaUsedUp);
        return false;
    }
    Usage& used = usage_[key.principal];
    ++used.entries;
    used.octets += octets;
    Entry& entry = entries_[key];
    entry.value = value;
    entry.waiting.push_back(std::move(answer));
    return true;
}

void Once::complete(const Key& key, const isa::Value& result) {
    const auto known = entries_.find(key);
    SPLASH_ASSERT(known != entries_.end() && !known->second.result, "what completes was begun, once");
    known->second.result = result;
    const std::vector<Answer> waiting = std::move(known->second.waiting);
    known->second.waiting.clear();
    expiries_.emplace_back(clock_.now() + kRemember, key);
    for (const Answer& answer : waiting) {
        answer(result);
    }
}

void Once::expire(Instant now) {
    while (!expiries_.empty() && expiries_.front().first <= now) {
        const auto known = entries_.find(expiries_.front().second);
        const auto used = usage_.find(known->first.principal);
        used->second.octets -= octets_of(known->second.value);
        if (--used->second.entries == 0) {
            usage_.erase(used);
        }
        entries_.erase(known);
        expiries_.pop_front();
    }
}

std::optional<Instant> Once::next_expiry() const {
    return expiries_.empty() ? std::nullopt : std::optional(expiries_.front().first);
}

}  // namespace splash::node
