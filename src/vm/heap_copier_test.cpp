#include "heap_copier.hpp"

#include <gtest/gtest.h>

#include "isa/value.hpp"

namespace splash::vm {
namespace {

using isa::HeapRef;
using isa::Type;
using isa::Value;
using isa::Word;

Value tuple(std::vector<Value> fields) {
    auto made = std::make_shared<isa::Tuple>();
    made->fields = std::move(fields);
    return Value(std::shared_ptr<const isa::Tuple>(std::move(made)));
}

TEST(HeapCopier, KeepsWhatAWordReaches) {
    isa::HeapWriter writer;
    const Word word = writer.put(tuple({std::int64_t{1}, isa::Str{"two"}, tuple({2.5})}));
    HeapCopier copier({writer.heap(), {}}, HeapCopier::Keep::Nothing, 1000);
    const Word copied = copier.copy(word);
    ASSERT_TRUE(copier.fits());
    EXPECT_EQ(isa::to_string(*isa::read_value(copied, copier.heap())), "(1, \"two\", (2.5))");
}

TEST(HeapCopier, CopiesASharedObjectOnce) {
    isa::HeapWriter writer;
    const Word word = writer.put(isa::Str{"abcd"});
    HeapCopier copier({writer.heap(), {}}, HeapCopier::Keep::Nothing, 1000);
    EXPECT_EQ(copier.copy(word), copier.copy(word));
    EXPECT_EQ(copier.heap().size(), 4U);
}

TEST(HeapCopier, LeavesThePacketsHeapInPlace) {
    isa::HeapWriter writer;
    static_cast<void>(writer.put(isa::Str{"dead"}));
    const Word word = writer.put(isa::Str{"live"});
    HeapCopier copier({writer.heap(), {}}, HeapCopier::Keep::PacketHeap, 1000);
    EXPECT_EQ(copier.copy(word), word);
    EXPECT_EQ(copier.heap().size(), 8U);
}

TEST(HeapCopier, AppendsNewObjects) {
    isa::HeapWriter writer;
    static_cast<void>(writer.put(isa::Str{"old!"}));
    const std::string made = "new";
    std::vector<std::byte> added(4);
    std::ranges::copy(as_bytes(made), added.begin());
    const auto at = static_cast<std::uint16_t>(writer.heap().size() + added.size());
    HeapCopier copier({writer.heap(), added}, HeapCopier::Keep::PacketHeap, 1000);
    const Word copied = copier.copy(Word::heap(Type::Str, {at, 3}));
    EXPECT_EQ(copied.ref(), (HeapRef{4, 3}));
    EXPECT_EQ(isa::to_string(*isa::read_value(copied, copier.heap())), "\"new\"");
}

// A field behind the last object would belong to the new heap of whoever receives the packet.
TEST(HeapCopier, PutsEmptyObjectsInsideTheHeap) {
    for (const Value& empty : {Value(isa::Str{}), tuple({})}) {
        isa::HeapWriter writer;
        const Word word = writer.put(tuple({empty}));
        HeapCopier copier({writer.heap(), {}}, HeapCopier::Keep::Nothing, 1000);
        const Word copied = copier.copy(word);
        const Word field(load_be<std::uint64_t>(copier.heap(), copied.ref().offset));
        EXPECT_LT(field.ref().offset, copier.heap().size());
        EXPECT_EQ(field.ref().length, 0);
    }
}

TEST(HeapCopier, StopsAtItsLimit) {
    isa::HeapWriter writer;
    const Word word = writer.put(isa::Str{"12345678"});
    HeapCopier fitting({writer.heap(), {}}, HeapCopier::Keep::Nothing, 8);
    static_cast<void>(fitting.copy(word));
    EXPECT_TRUE(fitting.fits());
    HeapCopier narrow({writer.heap(), {}}, HeapCopier::Keep::Nothing, 7);
    static_cast<void>(narrow.copy(word));
    EXPECT_FALSE(narrow.fits());
}

TEST(HeapCopier, EndsOnATupleThatHoldsItself) {
    std::vector<std::byte> heap;
    append_be<std::uint64_t>(heap, Word::heap(Type::Tuple, {0, 8}).raw());
    HeapCopier copier({heap, {}}, HeapCopier::Keep::Nothing, 1000);
    EXPECT_EQ(copier.copy(Word::heap(Type::Tuple, {0, 8})).ref(), (HeapRef{0, 8}));
    EXPECT_EQ(copier.heap(), heap);
}

TEST(HeapCopier, TurnsWhatPointsOutsideIntoNowhere) {
    const std::vector<std::byte> heap(8);
    HeapCopier copier({heap, {}}, HeapCopier::Keep::Nothing, 1000);
    EXPECT_EQ(copier.copy(Word::heap(Type::Str, {4, 8})).ref(), kNowhere);
    EXPECT_EQ(copier.copy(Word::heap(Type::Str, {100, 4})).ref(), kNowhere);
}

// What a node has made is not for a tuple that arrived: it cannot have known of it.
TEST(HeapCopier, HidesNewObjectsFromArrivedTuples) {
    std::vector<std::byte> heap;
    append_be<std::uint64_t>(heap, Word::heap(Type::Str, {12, 4}).raw());
    const std::vector<std::byte> added(4, std::byte{'x'});
    HeapCopier copier({heap, added}, HeapCopier::Keep::Nothing, 1000);
    const Word copied = copier.copy(Word::heap(Type::Tuple, {0, 8}));
    EXPECT_EQ(Word(load_be<std::uint64_t>(copier.heap(), copied.ref().offset)).ref(), kNowhere);
}

}  // namespace
}  // namespace splash::vm
