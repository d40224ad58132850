#include "isa/value.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace splash::isa {
namespace {

Value tuple(std::vector<Value> fields) {
    auto made = std::make_shared<Tuple>();
    made->fields = std::move(fields);
    return std::shared_ptr<const Tuple>(std::move(made));
}

Value str(std::string octets) {
    return Str{std::move(octets)};
}
Value integer(std::int64_t n) {
    return n;
}

/// The value after a way through words and heap, as text: tuples compare by identity otherwise.
std::string through_heap(const Value& value) {
    HeapWriter writer;
    const Word word = writer.put(value);
    const auto back = read_value(word, writer.heap());
    return back ? to_string(*back) : "unreadable";
}

TEST(Word, HoldsIntegersOf60BitsInline) {
    for (const std::int64_t n : {std::int64_t{0}, std::int64_t{-1}, Word::kMaxInline, Word::kMinInline}) {
        const Word word = Word::inline_int(n);
        EXPECT_EQ(word.inline_int(), n);
        EXPECT_EQ(word.type(), Type::Int);
        EXPECT_FALSE(word.is_in_heap());
    }
    EXPECT_FALSE(Word::fits_inline(Word::kMaxInline + 1));
    EXPECT_FALSE(Word::fits_inline(Word::kMinInline - 1));
}

TEST(Word, HoldsAddressesAndExceptionsInline) {
    EXPECT_EQ(Word::inline_v4(0xc0000201).inline_v4(), 0xc0000201U);
    EXPECT_EQ(Word::inline_v4(0xc0000201).raw(), 0x10000000c0000201U);
    EXPECT_EQ(Word::exc(Exc::NoRoute).as_exc(), Exc::NoRoute);
    EXPECT_EQ(Word::exc(Exc::NoRoute).type(), Type::Exc);
}

TEST(Word, RefersToTheHeapWithOffsetAndLength) {
    const HeapRef ref{0xfffc, 0x1234};
    for (const Type type : {Type::Int, Type::Addr, Type::Str, Type::Tuple, Type::Float, Type::Oid}) {
        const Word word = Word::heap(type, ref);
        EXPECT_EQ(word.type(), type);
        EXPECT_TRUE(word.is_in_heap());
        EXPECT_EQ(word.ref(), ref);
    }
}

TEST(Word, OfAnUnknownTagHasNoType) {
    for (const unsigned tag : {7U, 10U, 11U, 12U, 13U, 14U, 15U}) {
        EXPECT_EQ(Word(std::uint64_t{tag} << 60U).type(), std::nullopt) << tag;
        EXPECT_FALSE(Word(std::uint64_t{tag} << 60U).is_in_heap()) << tag;
    }
}

TEST(Values, SurviveTheHeap) {
    for (const Value& value :
         {integer(42), integer(std::numeric_limits<std::int64_t>::max()),
          integer(std::numeric_limits<std::int64_t>::min()), Value(*IpAddress::parse("10.0.0.1")),
          Value(*IpAddress::parse("2001:db8::1")), str(""), str("abc"), str(std::string("\0\xff", 2)),
          Value(Exc::NoRoute), Value(1.25), Value(*Oid::parse("1.3.6.1.2.1.1.5.0")), tuple({}),
          tuple({integer(1), str("a"), tuple({Value(2.5)})})}) {
        EXPECT_EQ(through_heap(value), to_string(value));
    }
}

TEST(Values, KeepTheirSpecifiedTypes) {
    EXPECT_EQ(type_of(integer(1)), Type::Int);
    EXPECT_EQ(type_of(Value(IpAddress())), Type::Addr);
    EXPECT_EQ(type_of(str("")), Type::Str);
    EXPECT_EQ(type_of(Value(Exc::NoRoute)), Type::Exc);
    EXPECT_EQ(type_of(tuple({})), Type::Tuple);
    EXPECT_EQ(type_of(Value(0.0)), Type::Float);
    EXPECT_EQ(type_of(Value(*Oid::parse("1.3"))), Type::Oid);
}

TEST(HeapWriter, SharesEqualObjectsOfOneTypeOnly) {
    HeapWriter writer;
    const Word first = writer.put(str("\x2b\x06\x01\x02"));
    EXPECT_EQ(writer.put(str("\x2b\x06\x01\x02")), first);
    EXPECT_EQ(writer.heap().size(), 4U);
    const Word oid = writer.put(Value(*Oid::parse("1.3.6.1.2")));
    EXPECT_NE(oid.ref().offset, first.ref().offset);
    EXPECT_EQ(writer.heap().size(), 8U);
}

TEST(HeapWriter, AlignsObjectsToFourOctets) {
    HeapWriter writer;
    EXPECT_EQ(writer.put(str("a")).ref(), (HeapRef{0, 1}));
    EXPECT_EQ(writer.put(str("bcdef")).ref(), (HeapRef{4, 5}));
    EXPECT_EQ(writer.heap().size(), 12U);
}

TEST(ReadValue, RefusesReferencesOutsideTheHeap) {
    const std::vector<std::byte> heap(8);
    EXPECT_TRUE(read_value(Word::heap(Type::Str, {0, 8}), heap));
    EXPECT_TRUE(read_value(Word::heap(Type::Str, {8, 0}), heap));
    EXPECT_FALSE(read_value(Word::heap(Type::Str, {4, 5}), heap));
    EXPECT_FALSE(read_value(Word::heap(Type::Str, {65535, 65535}), heap));
}

TEST(ReadValue, RefusesMalformedObjects) {
    const std::vector<std::byte> heap(16, std::byte{0x80});
    EXPECT_FALSE(read_value(Word::heap(Type::Int, {0, 4}), heap));
    EXPECT_FALSE(read_value(Word::heap(Type::Float, {0, 9}), heap));
    EXPECT_FALSE(read_value(Word::heap(Type::Addr, {0, 4}), heap));
    EXPECT_FALSE(read_value(Word::heap(Type::Tuple, {0, 4}), heap));
    EXPECT_FALSE(read_value(Word::heap(Type::Oid, {0, 4}), heap));
    EXPECT_FALSE(read_value(Word(0x7000000000000000), heap));
}

TEST(ReadValue, EndsInATupleThatContainsItself) {
    std::vector<std::byte> heap;
    append_be<std::uint64_t>(heap, Word::heap(Type::Tuple, {0, 16}).raw());
    append_be<std::uint64_t>(heap, Word::heap(Type::Tuple, {0, 16}).raw());
    EXPECT_FALSE(read_value(Word::heap(Type::Tuple, {0, 16}), heap));
}

TEST(ReadValue, CountsEveryValueOfATuple) {
    HeapWriter writer;
    const Word word = writer.put(tuple({integer(1), integer(2), integer(3)}));
    EXPECT_TRUE(read_value(word, writer.heap(), 4));
    EXPECT_FALSE(read_value(word, writer.heap(), 3));
}

TEST(ReadValue, CountsAnObjectAsOftenAsItIsNamed) {
    HeapWriter writer;
    const Value large = str(std::string(10'000, 'x'));
    const Word word = writer.put(tuple({large, large, large}));
    ASSERT_LT(writer.heap().size(), 11'000U);
    ReadLimits left{.octets = 30'000};
    EXPECT_TRUE(read_value(word, writer.heap(), left));
    EXPECT_EQ(left.octets, 0U);
    EXPECT_EQ(left.values, 1020U);
    EXPECT_FALSE(read_value(writer.put(str("y")), writer.heap(), left));
    left = {.octets = 29'999};
    EXPECT_FALSE(read_value(word, writer.heap(), left));
}

TEST(Values, PrintForPeople) {
    EXPECT_EQ(to_string(integer(-5)), "-5");
    EXPECT_EQ(to_string(Value(IpAddress::v4(0x0a000001))), "10.0.0.1");
    EXPECT_EQ(to_string(str("text")), "\"text\"");
    EXPECT_EQ(to_string(str(std::string("\x00\x1b\xff", 3))), "00 1B FF");
    EXPECT_EQ(to_string(Value(Exc::NoRoute)), "exc:34 (no route)");
    EXPECT_EQ(to_string(Value(*Oid::parse("1.3.6"))), ".1.3.6");
    EXPECT_EQ(to_string(tuple({integer(1), str("a")})), "(1, \"a\")");
    EXPECT_EQ(to_string(Value(0.5)), "0.5");
}

}  // namespace
}  // namespace splash::isa
