#include "library.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "plug_ins_for_test.hpp"

namespace splash::plugins {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

class Libraries : public PlugInDirectory {
protected:
    std::string why_not(const std::string& path, uid_t trusted) {
        const auto checked = trusted_path(path, trusted);
        if (checked) {
            return "";
        }
        EXPECT_EQ(checked.error().code, Errc::PlugIn);
        return checked.error().detail;
    }
    std::string why_not(const std::string& path) { return why_not(path, owner); }
};

TEST_F(Libraries, AreTrustedWhereNobodyElseCanWrite) {
    const std::string path = take("good");
    EXPECT_EQ(trusted_path(path, owner), path);
}

TEST_F(Libraries, AreRefusedIfOthersMayWriteTheFile) {
    const std::string path = take("good");
    ::chmod(path.c_str(), 0646);
    EXPECT_THAT(why_not(path), HasSubstr(path));
    EXPECT_THAT(why_not(path), HasSubstr("mode 0646) is writable by others than root"));
}

TEST_F(Libraries, AreRefusedIfOthersMayWriteADirectoryAboveIt) {
    const std::string path = take("good");
    ::chmod(directory.c_str(), 0777);
    EXPECT_THAT(why_not(path), HasSubstr(directory + " (owner"));
    ::chmod(directory.c_str(), 01777);
    EXPECT_EQ(why_not(path), "") << "where the sticky bit is, nobody can replace another's file";
}

TEST_F(Libraries, AreRefusedIfSomebodyElseOwnsThem) {
    const std::string path = take("good");
    if (::geteuid() == 0) {
        ASSERT_EQ(::chown(path.c_str(), 65534, 65534), 0);
        EXPECT_THAT(why_not(path),
                    HasSubstr("(owner 65534, group 65534, mode 0644) does not belong to root"));
    } else {
        EXPECT_THAT(why_not(path, 0), HasSubstr("does not belong to root"));
    }
}

TEST_F(Libraries, AreCheckedWhereALinkLeads) {
    const std::string path = take("good");
    ::chmod(path.c_str(), 0666);
    const std::string link = directory + "/link.so";
    fs::create_symlink(path, link);
    EXPECT_THAT(why_not(link), HasSubstr(path + " (owner"));
}

TEST_F(Libraries, AreNeverOfARelativePath) {
    EXPECT_THAT(why_not("snap_svc_good.so"), HasSubstr("no absolute path"));
    EXPECT_THAT(why_not(""), HasSubstr("no absolute path"));
    EXPECT_THAT(why_not(directory + "/absent.so"), HasSubstr("No such file"));
    EXPECT_THAT(why_not(directory), HasSubstr("is no regular file"));
}

TEST_F(Libraries, TellWhatTheLinkerSays) {
    const std::string path = directory + "/snap_svc_text.so";
    std::ofstream(path) << "this is no library\n";
    ::chmod(path.c_str(), 0644);
    const auto opened = Library::open(path, owner);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Errc::PlugIn);
    EXPECT_THAT(opened.error().detail, HasSubstr(path + ": file too short"));
}

TEST_F(Libraries, AreFoundByNameInTheSystemsDirectoriesOnly) {
    const auto found = Library::find("libm.so.6", owner);
    ASSERT_TRUE(found) << found.error().detail;
    EXPECT_NE((*found)->symbol("hypot"), nullptr);
    EXPECT_EQ((*found)->symbol("hypotenuse"), nullptr);
    const auto absent = Library::find("libabsent.so.1", owner);
    ASSERT_FALSE(absent);
    EXPECT_THAT(absent.error().detail, HasSubstr("no libabsent.so.1 in /usr/lib/"));
}

}  // namespace
}  // namespace splash::plugins
