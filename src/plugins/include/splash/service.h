/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Services of your own for programs that splashd executes. docs/services-plugins.md is the how-to.
 *
 * A plug-in is a shared library snap_svc_NAME.so in the daemon's service directory. It exports one table that
 * says what it was built against and five functions:
 *
 *   snap_svc_abi             versions and sizes; looked at before anything of the plug-in is called
 *   snap_svc_init            gets ready and gives a handle, which the others are given
 *   snap_svc_next_function   tells the exported services, one after the other
 *   snap_svc_last_result     gives the values of a dataset that a service left behind
 *   snap_svc_free_result     frees that dataset
 *   snap_svc_fini            ends what init began
 *
 * SPLASH_SERVICES(table) at the end of this file writes all of them for a plug-in without state. In C++,
 * splash/service.hpp makes them of ordinary functions.
 *
 * Threads. init, next_function and fini are called while no service runs. Services run on the daemon's only
 * thread, where nothing else happens meanwhile, no packet and no SNMP request: whatever may wait (a disk, a
 * name server, a lock) is declared SPLASH_MAY_BLOCK and runs on a worker thread, beside other services, maybe
 * of the same plug-in. A plug-in never calls net-snmp's functions: they belong to the daemon's thread.
 *
 * This file needs C99 and nothing else of Splash; a plug-in links nothing of it.
 */
#ifndef SPLASH_SERVICE_H
#define SPLASH_SERVICE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Changes when what is here changes its meaning. Members added at the end of a struct do not change it. */
#define SPLASH_SERVICE_ABI 1U

#define SPLASH_EXPORT __attribute__((visibility("default")))

/* ---- what a plug-in tells of itself */

/* What the caller must hold: see "rights" in splash.toml. */
#define SPLASH_RIGHT_NONE 0U
#define SPLASH_RIGHT_READ 1U      /* tells about the host */
#define SPLASH_RIGHT_WRITE 2U     /* changes what the node keeps, as the MIB does */
#define SPLASH_RIGHT_CONFIGURE 3U /* changes the host: interfaces, routes, files */

/* Flags of a service. */
#define SPLASH_MAY_BLOCK 1U /* takes more than some ten microseconds, or waits: runs on a worker thread */

struct splash_call;

/* One service. Strings stay as they are until fini. */
struct splash_service {
    uint32_t size;         /* sizeof(struct splash_service) */
    const char *name;      /* as in calls "name": letters, digits and _, at most 63 */
    const char *arguments; /* a letter a value, the last one is the top of the stack: i integer, f float,
                              s string, a address, o object identifier, * any of them */
    const char *results;   /* likewise, the last one ends on top. A type and # ("a#"): a list. There is at least
                              one, where a program sees a failure; who has nothing to tell gives "i", 1 */
    uint32_t cost;         /* units of the program's budget: 1 is an instruction, 64 a look at the MIB */
    uint32_t right;        /* SPLASH_RIGHT_... */
    uint32_t flags;
    const char *meaning; /* one line for people */
    /* Takes the arguments of `call` and gives it the results, by the functions below. What it gives must be
     * what `results` says, or the program sees exception 36. */
    void (*run)(void *handle, struct splash_call *call);
};

/* ---- a call: arguments in, results out */

/* Exceptions a service may end with (docs/reasons.md). */
#define SPLASH_EXC_NO_SUCH_SERVICE 35U
#define SPLASH_EXC_SERVICE_FAILED 36U
#define SPLASH_EXC_OUT_OF_RANGE 38U
#define SPLASH_EXC_NOT_PERMITTED 39U
#define SPLASH_EXC_NO_SUCH_OBJECT 40U
#define SPLASH_EXC_NO_SUCH_INSTANCE 41U
#define SPLASH_EXC_WRONG_TYPE 44U
#define SPLASH_EXC_QUOTA_USED_UP 45U
#define SPLASH_EXC_TIMED_OUT 46U

/* What the daemon does for a call. Use the functions further down. */
struct splash_call_functions {
    uint32_t size; /* of this struct, as the daemon knows it */
    uint32_t (*count)(const struct splash_call *call);
    char (*type)(const struct splash_call *call, uint32_t n);
    int (*get_int)(const struct splash_call *call, uint32_t n, int64_t *into);
    int (*get_float)(const struct splash_call *call, uint32_t n, double *into);
    const char *(*get_str)(const struct splash_call *call, uint32_t n, size_t *length);
    size_t (*get_addr)(const struct splash_call *call, uint32_t n, uint8_t into[16]);
    const uint32_t *(*get_oid)(const struct splash_call *call, uint32_t n, size_t *length);
    int (*give_int)(struct splash_call *call, int64_t value);
    int (*give_float)(struct splash_call *call, double value);
    int (*give_str)(struct splash_call *call, const char *octets, size_t length);
    int (*give_addr)(struct splash_call *call, const uint8_t *octets, size_t length);
    int (*give_oid)(struct splash_call *call, const uint32_t *subids, size_t length);
    void (*give_dataset)(struct splash_call *call, void *dataset);
    void (*fail)(struct splash_call *call, uint32_t exception);
    int64_t (*milliseconds_left)(const struct splash_call *call);
};

/* Valid until run() returns; so is every pointer it gives. */
struct splash_call {
    const struct splash_call_functions *functions;
};

/* Arguments are counted from 0, the deepest. They have the declared types: the daemon has checked that. What
 * is asked for beyond them, or by another type, gives 0, and nothing is written. */

static inline uint32_t splash_count(const struct splash_call *call) {
    return call->functions->count(call);
}
/* The letter of its type, for arguments declared *. */
static inline char splash_type(const struct splash_call *call, uint32_t n) {
    return call->functions->type(call, n);
}
static inline int splash_get_int(const struct splash_call *call, uint32_t n, int64_t *into) {
    return call->functions->get_int(call, n, into);
}
static inline int splash_get_float(const struct splash_call *call, uint32_t n, double *into) {
    return call->functions->get_float(call, n, into);
}
/* Its octets, any of which may be 0, and a 0 behind the last. `length` may be NULL. */
static inline const char *splash_get_str(const struct splash_call *call, uint32_t n, size_t *length) {
    return call->functions->get_str(call, n, length);
}
/* 4 or 16, so many octets of `into` are written, in network order. */
static inline size_t splash_get_addr(const struct splash_call *call, uint32_t n, uint8_t into[16]) {
    return call->functions->get_addr(call, n, into);
}
/* Its sub-identifiers. `length` may be NULL. */
static inline const uint32_t *splash_get_oid(const struct splash_call *call, uint32_t n, size_t *length) {
    return call->functions->get_oid(call, n, length);
}

/* Results in their declared order, copied. 1, or 0: there is no room, or the value cannot be; then the call
 * has failed, whatever else it gives. */

static inline int splash_give_int(struct splash_call *call, int64_t value) {
    return call->functions->give_int(call, value);
}
static inline int splash_give_float(struct splash_call *call, double value) {
    return call->functions->give_float(call, value);
}
/* At most 65535 octets. */
static inline int splash_give_str(struct splash_call *call, const char *octets, size_t length) {
    return call->functions->give_str(call, octets, length);
}
/* 4 or 16 octets in network order. */
static inline int splash_give_addr(struct splash_call *call, const uint8_t *octets, size_t length) {
    return call->functions->give_addr(call, octets, length);
}
/* 2 to 128 sub-identifiers. */
static inline int splash_give_oid(struct splash_call *call, const uint32_t *subids, size_t length) {
    return call->functions->give_oid(call, subids, length);
}
/* Leaves further results in a form of the plug-in's own: after run(), the daemon asks snap_svc_last_result for
 * its values until there are no more, then has snap_svc_free_result free it. */
static inline void splash_give_dataset(struct splash_call *call, void *dataset) {
    call->functions->give_dataset(call, dataset);
}
/* One exception in place of all results: one of SPLASH_EXC_..., or 64 and an SNMP error-status (1 to 18). */
static inline void splash_fail(struct splash_call *call, uint32_t exception) {
    call->functions->fail(call, exception);
}
/* Until nobody waits for the answer any more; 0 when that is so. For services that may block. */
static inline int64_t splash_milliseconds_left(const struct splash_call *call) {
    return call->functions->milliseconds_left(call);
}

/* ---- what a plug-in exports */

struct splash_service_abi {
    uint32_t version;           /* SPLASH_SERVICE_ABI */
    uint32_t size_of_service;   /* sizeof(struct splash_service) */
    uint32_t size_of_functions; /* sizeof(struct splash_call_functions) */
};
extern SPLASH_EXPORT const struct splash_service_abi snap_svc_abi;
#define SPLASH_SERVICE_ABI_OF_THIS_HEADER \
    { SPLASH_SERVICE_ABI, sizeof(struct splash_service), sizeof(struct splash_call_functions) }

/* A handle that is not NULL, or NULL and in `why` (`size` octets, ended by a 0) the reason for the log. */
SPLASH_EXPORT void *snap_svc_init(char *why, size_t size);
/* The service behind `previous`, the first one for NULL, NULL behind the last. At most 256. */
SPLASH_EXPORT const struct splash_service *snap_svc_next_function(void *handle,
                                                                  const struct splash_service *previous);
/* Gives `call` the next value or values of the dataset; 0 when there are no more. On the thread that ran the
 * service. */
SPLASH_EXPORT int snap_svc_last_result(void *handle, void *dataset, struct splash_call *call);
/* Once for every dataset given, also when not all of its values were wanted. */
SPLASH_EXPORT void snap_svc_free_result(void *handle, void *dataset);
/* Not called while a service of the plug-in hangs when the daemon ends. */
SPLASH_EXPORT void snap_svc_fini(void *handle);

/* All of it for services without state and datasets:
 *
 *   static const struct splash_service services[] = {{sizeof services[0], "twice", "i", "i", ...}, ...};
 *   SPLASH_SERVICES(services)
 */
#define SPLASH_SERVICES(table)                                                                         \
    SPLASH_EXPORT const struct splash_service_abi snap_svc_abi = SPLASH_SERVICE_ABI_OF_THIS_HEADER;    \
    void *snap_svc_init(char *why, size_t size) {                                                      \
        (void)why;                                                                                     \
        (void)size;                                                                                    \
        return (void *)&snap_svc_abi;                                                                  \
    }                                                                                                  \
    const struct splash_service *snap_svc_next_function(void *handle,                                  \
                                                        const struct splash_service *previous) {       \
        const struct splash_service *next = previous == NULL ? (table) : previous + 1;                 \
        (void)handle;                                                                                  \
        return next == (table) + sizeof(table) / sizeof((table)[0]) ? NULL : next;                     \
    }                                                                                                  \
    int snap_svc_last_result(void *handle, void *dataset, struct splash_call *call) {                  \
        (void)handle;                                                                                  \
        (void)dataset;                                                                                 \
        (void)call;                                                                                    \
        return 0;                                                                                      \
    }                                                                                                  \
    void snap_svc_free_result(void *handle, void *dataset) {                                           \
        (void)handle;                                                                                  \
        (void)dataset;                                                                                 \
    }                                                                                                  \
    void snap_svc_fini(void *handle) { (void)handle; }

#ifdef __cplusplus
}
#endif

#endif
