#include "dictionary.hpp"

#include <gtest/gtest.h>

#include <random>
#include <utility>
#include <vector>

#include "node_for_test.hpp"

namespace splash::node {
namespace {

using namespace std::chrono_literals;

class DictionaryTest : public testing::Test {
protected:
    bool put(std::string_view principal, std::string_view name, Dictionary::Value value) {
        return dictionary.put(principal, name, std::move(value), now);
    }
    std::optional<Dictionary::Value> get(std::string_view principal, std::string_view name) {
        const auto* found = dictionary.find(principal, name, now);
        return found == nullptr ? std::nullopt : std::optional(*found);
    }
    static Dictionary::Value number(std::int64_t n) { return n; }
    static Dictionary::Value text(std::size_t octets) { return std::string(octets, 'x'); }

    Instant now{};
    Dictionary dictionary{{.entries = 5,
                           .octets = 100,
                           .entries_per_principal = 3,
                           .octets_per_principal = 60,
                           .time_to_live = 10s}};
};

TEST_F(DictionaryTest, KeepsValuesUnderNames) {
    EXPECT_TRUE(put("a", "x", number(7)));
    EXPECT_TRUE(put("a", "y", std::string("text")));
    EXPECT_EQ(get("a", "x"), number(7));
    EXPECT_EQ(get("a", "y"), Dictionary::Value("text"));
    EXPECT_TRUE(put("a", "x", std::string("now text")));
    EXPECT_EQ(get("a", "x"), Dictionary::Value("now text"));
    EXPECT_TRUE(dictionary.erase("a", "x", now));
    EXPECT_FALSE(dictionary.erase("a", "x", now));
    EXPECT_EQ(get("a", "x"), std::nullopt);
}

TEST_F(DictionaryTest, PrincipalsDoNotSeeEachOthersNames) {
    EXPECT_TRUE(put("a", "x", number(1)));
    EXPECT_EQ(get("b", "x"), std::nullopt);
    EXPECT_FALSE(dictionary.erase("b", "x", now));
    EXPECT_TRUE(put("b", "x", number(2)));
    EXPECT_EQ(get("a", "x"), number(1));
}

TEST_F(DictionaryTest, APrincipalsQuotaOfEntriesIsItsOwn) {
    for (const char* name : {"1", "2", "3"}) {
        EXPECT_TRUE(put("a", name, number(0)));
    }
    EXPECT_FALSE(put("a", "4", number(0)));
    EXPECT_TRUE(put("a", "3", number(1))) << "what is there is written again";
    EXPECT_TRUE(put("b", "4", number(0)));
    EXPECT_TRUE(dictionary.erase("a", "1", now));
    EXPECT_TRUE(put("a", "4", number(0)));
}

TEST_F(DictionaryTest, TheNodesQuotaIsForAllTogether) {
    for (const char* name : {"1", "2", "3"}) {
        EXPECT_TRUE(put("a", name, number(0)));
    }
    EXPECT_TRUE(put("b", "1", number(0)));
    EXPECT_TRUE(put("b", "2", number(0)));
    EXPECT_FALSE(put("b", "3", number(0)));
    EXPECT_FALSE(put("c", "1", number(0)));
}

TEST_F(DictionaryTest, OctetsOfNamesAndValuesCount) {
    EXPECT_TRUE(put("a", "x", text(59)));
    EXPECT_EQ(dictionary.octets(), 60U);
    EXPECT_FALSE(put("a", "y", text(0)));
    EXPECT_FALSE(put("a", "x", text(60)));
    EXPECT_EQ(get("a", "x"), text(59)) << "what was refused changed nothing";
    EXPECT_TRUE(put("a", "x", text(10)));
    EXPECT_TRUE(put("a", "y", text(40)));
    EXPECT_TRUE(put("b", "z", text(47))) << "all of the node's 100 now";
    EXPECT_FALSE(put("b", "z", text(48)));
}

TEST_F(DictionaryTest, AnEntryLivesForATimeSinceItWasWritten) {
    EXPECT_TRUE(put("a", "x", number(1)));
    now += 6s;
    EXPECT_TRUE(put("a", "y", number(2)));
    EXPECT_EQ(dictionary.next_expiry(), Instant{} + 10s);
    now = Instant{} + 10s - 1ns;
    EXPECT_EQ(get("a", "x"), number(1));
    now = Instant{} + 10s;
    EXPECT_EQ(get("a", "x"), std::nullopt) << "whether or not expire() was called";
    EXPECT_EQ(get("a", "y"), number(2)) << "reading does not make it older or younger";
    EXPECT_EQ(dictionary.next_expiry(), Instant{} + 16s);
    dictionary.expire(Instant{} + 16s);
    EXPECT_EQ(dictionary.entries(), 0U);
    EXPECT_EQ(dictionary.octets(), 0U);
    EXPECT_EQ(dictionary.next_expiry(), std::nullopt);
}

TEST_F(DictionaryTest, WritingAgainGivesAnotherTimeToLive) {
    EXPECT_TRUE(put("a", "x", number(1)));
    EXPECT_TRUE(put("a", "y", number(2)));
    now += 6s;
    EXPECT_TRUE(put("a", "x", number(1)));
    now += 4s;
    EXPECT_EQ(get("a", "y"), std::nullopt);
    EXPECT_EQ(get("a", "x"), number(1));
    EXPECT_EQ(dictionary.next_expiry(), Instant{} + 16s);
}

TEST_F(DictionaryTest, ARefusedWritingGivesNone) {
    EXPECT_TRUE(put("a", "x", number(1)));
    now += 6s;
    EXPECT_FALSE(put("a", "x", text(60)));
    EXPECT_EQ(dictionary.next_expiry(), Instant{} + 10s);
}

TEST_F(DictionaryTest, SmallerLimitsKeepWhatIsThereAndRefuseWhatIsNew) {
    EXPECT_TRUE(put("a", "x", text(40)));
    EXPECT_TRUE(put("a", "y", number(1)));
    dictionary.set_limits({.entries = 1,
                           .octets = 20,
                           .entries_per_principal = 1,
                           .octets_per_principal = 20,
                           .time_to_live = 20s});
    EXPECT_EQ(get("a", "x"), text(40));
    EXPECT_FALSE(put("a", "z", number(1)));
    EXPECT_FALSE(put("b", "z", number(1)));
    EXPECT_FALSE(put("a", "x", text(41)));
    EXPECT_TRUE(put("a", "x", text(39))) << "less is always welcome";
    EXPECT_EQ(dictionary.next_expiry(), Instant{} + 20s) << "the time to live is everybody's at once";
}

/// The same by brute force: a list that is searched for everything.
class PlainDictionary {
public:
    explicit PlainDictionary(const DictionaryLimits& limits) : limits_(limits) {}
    bool put(const std::string& principal, const std::string& name, const Dictionary::Value& value,
             Instant now) {
        expire(now);
        std::vector<Entry> next;
        for (const Entry& e : entries) {
            if (e.principal != principal || e.name != name) {
                next.push_back(e);
            }
        }
        const bool is_new = next.size() == entries.size();
        const std::size_t before = octets_of(entries, principal);
        next.push_back({principal, name, value, now});
        const bool grows = octets_of(next, principal) > before;
        const auto own = static_cast<std::size_t>(
            std::ranges::count(next, principal, [](const Entry& e) { return e.principal; }));
        if ((is_new && (own > limits_.entries_per_principal || next.size() > limits_.entries)) ||
            (grows && (octets_of(next, principal) > limits_.octets_per_principal ||
                       octets_of(next, {}) > limits_.octets))) {
            return false;
        }
        entries = std::move(next);
        return true;
    }
    void expire(Instant now) {
        std::erase_if(entries, [&](const Entry& e) { return e.written + limits_.time_to_live <= now; });
    }
    void set_limits(const DictionaryLimits& limits) { limits_ = limits; }

    struct Entry {
        std::string principal;
        std::string name;
        Dictionary::Value value;
        Instant written;
    };
    static std::size_t octets_of(const std::vector<Entry>& some, const std::optional<std::string>& whose) {
        std::size_t sum = 0;
        for (const Entry& e : some) {
            if (!whose || e.principal == *whose) {
                const auto* text = std::get_if<std::string>(&e.value);
                sum += e.name.size() + (text != nullptr ? text->size() : 8);
            }
        }
        return sum;
    }
    std::vector<Entry> entries;

private:
    DictionaryLimits limits_;
};

/// 20,000 random happenings: the same answers as by brute force, and never more than the quotas.
TEST(DictionaryProperty, HoldsItsQuotasWhateverIsDone) {
    const unsigned seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const auto below = [&random](std::size_t n) {
        return std::uniform_int_distribution<std::size_t>(0, n - 1)(random);
    };
    DictionaryLimits limits{.entries = 12,
                            .octets = 300,
                            .entries_per_principal = 6,
                            .octets_per_principal = 150,
                            .time_to_live = 20s};
    Dictionary dictionary(limits);
    PlainDictionary plain(limits);
    Instant now{};
    for (int step = 0; step < 20'000; ++step) {
        now += std::chrono::milliseconds(below(2000));
        const std::string principal(1, static_cast<char>('a' + below(3)));
        const std::string name(1 + below(3), static_cast<char>('k' + below(4)));
        switch (below(8)) {
            case 0: {
                const bool was_there = std::erase_if(plain.entries, [&](const PlainDictionary::Entry& e) {
                                           return e.principal == principal && e.name == name &&
                                                  e.written + limits.time_to_live > now;
                                       }) > 0;
                ASSERT_EQ(dictionary.erase(principal, name, now), was_there);
                break;
            }
            case 1: dictionary.expire(now); break;
            case 2:
                if (below(50) == 0) {
                    limits.time_to_live = std::chrono::seconds(1 + below(40));
                    dictionary.set_limits(limits);
                    plain.set_limits(limits);
                }
                break;
            default: {
                const Dictionary::Value value = below(2) == 0
                                                    ? Dictionary::Value(std::int64_t{step})
                                                    : Dictionary::Value(std::string(below(80), 'v'));
                ASSERT_EQ(dictionary.put(principal, name, value, now),
                          plain.put(principal, name, value, now));
            }
        }
        plain.expire(now);
        dictionary.expire(now);
        ASSERT_EQ(dictionary.entries(), plain.entries.size());
        ASSERT_EQ(dictionary.octets(), PlainDictionary::octets_of(plain.entries, {}));
        ASSERT_LE(dictionary.entries(), limits.entries);
        ASSERT_LE(dictionary.octets(), limits.octets);
        for (const PlainDictionary::Entry& e : plain.entries) {
            const auto* found = dictionary.find(e.principal, e.name, now);
            ASSERT_TRUE(found != nullptr && *found == e.value) << e.principal << ' ' << e.name;
        }
    }
}

/// The same as programs see it.
class DictionaryServicesTest : public NodeTest {
protected:
    std::vector<Value> call(std::string_view service, const std::vector<Value>& arguments) {
        world.frames.clear();
        inject(program(service, arguments));
        return delivered();
    }
    static Program program(std::string_view service, const std::vector<Value>& arguments) {
        Program p;
        for (const Value& value : arguments) {
            p.data(value);
        }
        return std::move(p.calls(service).op(Opcode::Demuxall, 0));
    }
    static Value text(std::string_view octets) { return isa::Str{std::string(octets)}; }
    static std::vector<Value> only(Value value) { return {std::move(value)}; }
    static inline const std::vector<Value> kDone{std::int64_t{1}};
};

TEST_F(DictionaryServicesTest, WhatOneProgramLeavesTheNextFinds) {
    EXPECT_EQ(call("memmap_addint", {text("last"), std::int64_t{-5}}), kDone);
    EXPECT_EQ(call("memmap_addstring", {text("who"), text(std::string_view("a\0b", 3))}), kDone);
    EXPECT_EQ(call("memmap_getint", {text("last")}), only(std::int64_t{-5}));
    EXPECT_EQ(call("memmap_getstring", {text("who")}), only(text(std::string_view("a\0b", 3))));
    EXPECT_EQ(call("memmap_getint", {text("who")}), only(Exc::WrongArgumentType));
    EXPECT_EQ(call("memmap_getstring", {text("last")}), only(Exc::WrongArgumentType));
    EXPECT_EQ(call("memmap_del", {text("who")}), kDone);
    EXPECT_EQ(call("memmap_del", {text("who")}), only(Exc::NoSuchInstance));
    EXPECT_EQ(call("memmap_getstring", {text("who")}), only(Exc::NoSuchInstance));
    EXPECT_EQ(call("memmap_addint", {text(std::string(256, 'n')), std::int64_t{1}}), only(Exc::OutOfRange));
}

TEST_F(DictionaryServicesTest, TheDictionaryOutlivesNewSettingsAndEndsInTime) {
    EXPECT_EQ(call("memmap_addint", {text("x"), std::int64_t{5}}), kDone);
    Config c = config();
    c.dictionary.time_to_live = 100s;
    node.reconfigure(c);
    EXPECT_EQ(node.gauges().dictionary_entries, 1U);
    EXPECT_EQ(node.gauges().dictionary_octets, 9U);
    EXPECT_EQ(call("memmap_getint", {text("x")}), only(std::int64_t{5}));
    world.time += 99s;
    node.expire();  // the client's request is forgotten
    EXPECT_EQ(node.next_deadline(), world.time + 1s);
    world.time += 1s;
    node.expire();
    EXPECT_EQ(node.gauges().dictionary_entries, 0U);
    EXPECT_EQ(call("memmap_getint", {text("x")}), only(Exc::NoSuchInstance));
}

TEST_F(DictionaryServicesTest, WhatDoesNotFitIsAnExceptionAndCounted) {
    Config c = config();
    c.dictionary.entries_per_principal = 1;
    node.reconfigure(c);
    EXPECT_EQ(call("memmap_addint", {text("x"), std::int64_t{5}}), kDone);
    EXPECT_EQ(call("memmap_addint", {text("y"), std::int64_t{5}}), only(Exc::QuotaUsedUp));
    EXPECT_EQ(call("memmap_addstring", {text("y"), text("")}), only(Exc::QuotaUsedUp));
    EXPECT_EQ(node.counters().dictionary_refused, 2U);
    EXPECT_EQ(call("memmap_addint", {text("x"), std::int64_t{6}}), kDone);
}

TEST_F(DictionaryServicesTest, StrangersHaveNamesOfTheirOwn) {
    EXPECT_EQ(call("memmap_addint", {text("x"), std::int64_t{5}}), kDone);
    arrive(program("memmap_getint", {text("x")}).bound(5).id(9, 9).wire(), kSelf, Endpoint{kFar, 4000});
    ASSERT_EQ(world.answers.size(), 1U);
    EXPECT_EQ(values(world.answers[0].second), only(Exc::NoSuchInstance));
}

TEST_F(DictionaryServicesTest, WritingNeedsTheRight) {
    Config c = config();
    c.local_rights.write = false;
    node.reconfigure(c);
    EXPECT_EQ(call("memmap_addint", {text("x"), std::int64_t{5}}), only(Exc::NotPermitted));
    EXPECT_EQ(call("memmap_del", {text("x")}), only(Exc::NotPermitted));
    EXPECT_EQ(call("memmap_getint", {text("x")}), only(Exc::NoSuchInstance));
}

}  // namespace
}  // namespace splash::node
