#include "library.hpp"

#include <dlfcn.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace splash::plugins {
namespace {

Failure untrusted(const std::string& path, const struct stat& found, const std::string& why) {
    std::array<char, 8> mode{};
    std::snprintf(mode.data(), mode.size(), "%04o", static_cast<unsigned>(found.st_mode & 07777U));
    return fail(Errc::PlugIn, path + " (owner " + std::to_string(found.st_uid) + ", group " +
                                  std::to_string(found.st_gid) + ", mode " + mode.data() + ") " + why);
}

Result<> check_one(const std::string& path, bool is_file, uid_t owner) {
    struct stat found {};
    if (::stat(path.c_str(), &found) != 0) {
        return fail(Errc::PlugIn, path + ": " + std::strerror(errno));
    }
    if (is_file && !S_ISREG(found.st_mode)) {
        return untrusted(path, found, "is no regular file");
    }
    if (found.st_uid != 0 && found.st_uid != owner) {
        return untrusted(path, found, "does not belong to root");
    }
    const bool is_sticky = !is_file && (found.st_mode & S_ISVTX) != 0;
    const bool others_may = (found.st_mode & S_IWOTH) != 0;
    const bool group_may = (found.st_mode & S_IWGRP) != 0 && found.st_gid != 0;
    if ((others_may || group_may) && !is_sticky) {
        return untrusted(path, found, "is writable by others than root");
    }
    return {};
}

/// Without links.
Result<std::string> resolve(const std::string& path) {
    if (!path.starts_with('/')) {
        return fail(Errc::PlugIn, path + " is no absolute path");
    }
    const std::unique_ptr<char, void (*)(void*)> resolved(::realpath(path.c_str(), nullptr), std::free);
    if (resolved == nullptr) {
        return fail(Errc::PlugIn, path + ": " + std::strerror(errno));
    }
    return std::string(resolved.get());
}

/// All directories above a path without links.
Result<> check_above(const std::string& real, uid_t owner) {
    Result<> checked;
    for (std::size_t slash = real.rfind('/'); checked && slash != std::string::npos;
         slash = slash == 0 ? std::string::npos : real.rfind('/', slash - 1)) {
        checked = check_one(real.substr(0, slash == 0 ? 1 : slash), false, owner);
    }
    return checked;
}

}  // namespace

Result<std::string> trusted_path(const std::string& path, uid_t owner) {
    auto real = resolve(path);
    Result<> checked = real ? check_one(*real, true, owner) : Failure(real.error());
    if (checked) {
        checked = check_above(*real, owner);
    }
    if (!checked) {
        return Failure(checked.error());
    }
    return real;
}

Result<> check_directory(const std::string& path, uid_t owner) {
    const auto real = resolve(path);
    if (!real) {
        return Failure(real.error());
    }
    auto checked = check_one(*real, false, owner);
    return checked ? check_above(*real, owner) : checked;
}

Result<std::shared_ptr<Library>> Library::open(const std::string& path, uid_t owner) {
    const auto real = trusted_path(path, owner);
    if (!real) {
        return Failure(real.error());
    }
    void* const handle = ::dlopen(real->c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) {
        const char* const said = ::dlerror();
        // The linker's text begins with the path already, mostly.
        const std::string why = said == nullptr ? "no reason given" : said;
        return fail(Errc::PlugIn, why.find(*real) == std::string::npos ? *real + ": " + why : why);
    }
    return std::shared_ptr<Library>(new Library(handle, path));
}

Result<std::shared_ptr<Library>> Library::find(const std::string& name, uid_t owner) {
    if (name.find('/') != std::string::npos) {
        return open(name, owner);
    }
    std::string looked;
    for (const char* const directory :
         {"/usr/lib/" SPLASH_MULTIARCH, "/lib/" SPLASH_MULTIARCH, "/usr/lib64", "/usr/lib", "/lib"}) {
        const std::string path = std::string(directory) + '/' + name;
        struct stat found {};
        if (::stat(path.c_str(), &found) == 0) {
            return open(path, owner);
        }
        looked += (looked.empty() ? "" : ", ") + std::string(directory);
    }
    return fail(Errc::PlugIn, "there is no " + name + " in " + looked);
}

Library::~Library() {
    ::dlclose(handle_);
}

void* Library::symbol(const char* name) const {
    return ::dlsym(handle_, name);
}

}  // namespace splash::plugins
