#include "wire/frames.hpp"

#include <gtest/gtest.h>

#include <random>

namespace splash::wire {
namespace {

constexpr unsigned kSeed = 20240;

std::vector<std::byte> random_octets(std::mt19937& random, std::size_t size) {
    std::vector<std::byte> octets(size);
    for (std::byte& b : octets) {
        b = static_cast<std::byte>(random() & 0xffU);
    }
    return octets;
}

std::vector<Frame> one_of_each() {
    const std::vector<std::byte> packet(24, std::byte{7});
    return {Bind{.port = 7777},
            Inject{.tag = 0x01020304,
                   .flags = Inject::kTrace,
                   .bound = 200,
                   .destination = IpAddress::v4(0x0a000001),
                   .packet = packet},
            Inject{.tag = 5,
                   .flags = 0,
                   .bound = 1,
                   .destination = *IpAddress::parse("2001:db8::1"),
                   .packet = packet},
            Bound{.port = 49152},
            Accepted{.tag = 9, .port = 49152, .request_id = 65535},
            PacketFrame{.packet = packet},
            Refused{.tag = 9, .code = 39, .text = "not permitted"}};
}

TEST(Frames, SurviveARoundTrip) {
    for (const Frame& frame : one_of_each()) {
        const auto back = frame_from_wire(to_wire(frame));
        ASSERT_TRUE(back) << "alternative " << frame.index();
        EXPECT_EQ(*back, frame);
    }
}

TEST(Frames, AreRefusedWhenCutInAFixedField) {
    // Alternatives that end in octets of any number are whole from some length on.
    const std::vector<std::size_t> fixed{3, 1 + 4 + 1 + 2 + 5, 1 + 4 + 1 + 2 + 17, 3, 9, 1, 7};
    const auto frames = one_of_each();
    for (std::size_t i = 0; i < frames.size(); ++i) {
        const auto octets = to_wire(frames[i]);
        for (std::size_t size = 0; size < fixed[i]; ++size) {
            EXPECT_FALSE(frame_from_wire(ConstBytes(octets).first(size))) << i << " cut to " << size;
        }
    }
}

TEST(Frames, WithSomethingBehindTheLastFieldAreRefused) {
    for (const Frame& frame : {Frame(Bind{.port = 1}), Frame(Bound{.port = 1}), Frame(Accepted{})}) {
        auto octets = to_wire(frame);
        octets.push_back(std::byte{0});
        EXPECT_FALSE(frame_from_wire(octets));
    }
}

TEST(Frames, WithUnknownVerbsOrFlagsAreRefused) {
    auto inject = to_wire(Inject{.destination = IpAddress::v4(1), .packet = {}});
    inject[5] = std::byte{2};
    EXPECT_FALSE(frame_from_wire(inject));
    for (unsigned verb = 0; verb < 256; ++verb) {
        std::vector<std::byte> octets(9);
        octets[0] = static_cast<std::byte>(verb);
        if (verb == 0 || verb > 6) {
            EXPECT_FALSE(frame_from_wire(octets)) << verb;
        }
    }
}

TEST(Frames, WithAnAddressOfOddLengthAreRefused) {
    auto inject = to_wire(Inject{.destination = IpAddress::v4(1), .packet = std::vector<std::byte>(40)});
    for (unsigned size = 0; size < 256; ++size) {
        inject[8] = static_cast<std::byte>(size);
        EXPECT_EQ(frame_from_wire(inject).has_value(), size == 4 || size == 16) << size;
    }
}

TEST(Frames, DecodedFromAnyOctetsEncodeToTheSameOctets) {
    std::mt19937 random(kSeed);
    unsigned decoded = 0;
    for (int i = 0; i < 200000; ++i) {
        auto octets = random_octets(random, random() % 40);
        if (!octets.empty() && random() % 4 != 0) {
            octets[0] = static_cast<std::byte>(random() % 8);
        }
        if (octets.size() > 8 && random() % 2 == 0) {
            octets[5] = std::byte{0};
            octets[8] = std::byte{4};
        }
        if (const auto frame = frame_from_wire(octets)) {
            ++decoded;
            ASSERT_EQ(to_wire(*frame), octets) << "seed " << kSeed << " round " << i;
        }
    }
    EXPECT_GT(decoded, 1000U);
}

TEST(Deframer, TakesAStreamApartHoweverItIsCut) {
    std::mt19937 random(kSeed);
    for (int round = 0; round < 50; ++round) {
        std::vector<std::vector<std::byte>> sent;
        std::vector<std::byte> stream;
        for (int i = 0; i < 40; ++i) {
            sent.push_back(random_octets(random, random() % 3 == 0 ? random() % 9000 : random() % 5));
            append(stream, with_length(sent.back()));
        }
        Deframer deframer;
        std::vector<std::vector<std::byte>> got;
        for (ConstBytes rest = stream; !rest.empty();) {
            const std::size_t piece = std::min<std::size_t>(rest.size(), 1 + random() % 20000);
            deframer.feed(rest.first(piece));
            rest = rest.subspan(piece);
            while (auto frame = deframer.next()) {
                got.push_back(std::move(*frame));
            }
        }
        ASSERT_EQ(got, sent) << "seed " << kSeed << " round " << round;
        EXPECT_FALSE(deframer.next());
    }
}

TEST(Deframer, GivesFramesOfEverySize) {
    Deframer deframer;
    const std::vector<std::byte> largest(0xffff, std::byte{1});
    deframer.feed(with_length({}));
    deframer.feed(with_length(largest));
    EXPECT_EQ(deframer.next(), std::vector<std::byte>());
    EXPECT_EQ(deframer.next(), largest);
    EXPECT_FALSE(deframer.next());
}

TEST(Deframer, WaitsForTheLastOctet) {
    Deframer deframer;
    const auto octets = with_length(to_wire(Bind{.port = 5}));
    for (std::size_t i = 0; i + 1 < octets.size(); ++i) {
        deframer.feed(ConstBytes(octets).subspan(i, 1));
        EXPECT_FALSE(deframer.next());
    }
    deframer.feed(ConstBytes(octets).last(1));
    EXPECT_TRUE(deframer.next());
}

}  // namespace
}  // namespace splash::wire
