/* A disk that can lose, refuse and delay. Loaded into the gateway by the crash tests with LD_PRELOAD.
 *
 * For every write to the database's file and its log, what stood there before is noted in a file of its
 * own under $THUNGAN_DISK; fsync and fdatasync forget the notes of their file. What is noted when the
 * process is killed is what a machine without power could have lost: the test takes it back.
 *
 * In the same folder, files switch faults on: `full` lets no file grow (ENOSPC), `fsync-fails` makes
 * every sync fail (EIO) and leave its notes, `slow` delays every sync by up to 50 ms.
 *
 * A note: u64 place, u64 size of the file before, u32 bytes before, u32 bytes written, then both. A
 * truncation is a note with no bytes written. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FILES 4096
static int notes_of[FILES]; /* file descriptor of the notes + 1; 0: not ours */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char folder[PATH_MAX];

static int (*real_open)(const char *, int, ...);
static int (*real_close)(int);
static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static ssize_t (*real_pread)(int, void *, size_t, off_t);
static int (*real_ftruncate)(int, off_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);

__attribute__((constructor)) static void begin(void) {
    real_open = dlsym(RTLD_NEXT, "open64");
    real_close = dlsym(RTLD_NEXT, "close");
    real_write = dlsym(RTLD_NEXT, "write");
    real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
    real_pread = dlsym(RTLD_NEXT, "pread64");
    real_ftruncate = dlsym(RTLD_NEXT, "ftruncate64");
    real_fsync = dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
    const char *given = getenv("THUNGAN_DISK");
    if (given) snprintf(folder, sizeof folder, "%s", given);
}

static int switched_on(const char *fault) {
    char path[PATH_MAX + 32];
    snprintf(path, sizeof path, "%s/%s", folder, fault);
    return access(path, F_OK) == 0;
}

/* The database and its log; not the shared memory beside them, which a restart makes anew. */
static const char *ours(const char *path) {
    const char *name = strrchr(path, '/');
    name = name ? name + 1 : path;
    if (!folder[0] || strncmp(name, "thungan.sqlite", 14) != 0) return NULL;
    const char *rest = name + 14;
    return (*rest == 0 || strcmp(rest, "-wal") == 0) ? name : NULL;
}

static int opened(int fd, const char *path) {
    const char *name;
    if (fd >= 0 && fd < FILES && (name = ours(path)) != NULL) {
        char notes[PATH_MAX + 64];
        snprintf(notes, sizeof notes, "%s/%s.notes", folder, name);
        int noted = real_open(notes, O_CREAT | O_RDWR | O_APPEND | O_CLOEXEC, 0600);
        if (noted < 0) abort();
        notes_of[fd] = noted + 1;
    }
    return fd;
}

#define OPEN(NAME)                                                        \
    int NAME(const char *path, int flags, ...) {                          \
        va_list more;                                                     \
        va_start(more, flags);                                            \
        mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(more, mode_t) : 0; \
        va_end(more);                                                     \
        return opened(real_open(path, flags, mode), path);                \
    }
OPEN(open)
OPEN(open64)

int close(int fd) {
    if (fd >= 0 && fd < FILES && notes_of[fd]) {
        int noted = notes_of[fd] - 1;
        notes_of[fd] = 0;
        real_close(noted);
    }
    return real_close(fd);
}

static void all(int fd, const void *bytes, size_t length) {
    const char *at = bytes;
    while (length > 0) {
        ssize_t done = real_write(fd, at, length);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) abort();
        at += done;
        length -= (size_t)done;
    }
}

/* Notes what stands at [place, place + length) before it is overwritten; in one write, so that a kill
 * leaves a whole note or none. */
static void note(int fd, uint64_t place, size_t length, const void *bytes, uint64_t keep) {
    struct stat stat;
    if (fstat(fd, &stat) != 0) abort();
    uint64_t size = (uint64_t)stat.st_size;
    uint64_t before = place >= size ? 0 : size - place;
    if (before > keep) before = keep;
    char *whole = malloc(24 + before + length);
    if (!whole) abort();
    memcpy(whole, &place, 8);
    memcpy(whole + 8, &size, 8);
    uint32_t small = (uint32_t)before;
    memcpy(whole + 16, &small, 4);
    small = (uint32_t)length;
    memcpy(whole + 20, &small, 4);
    if (before > 0 && real_pread(fd, whole + 24, before, (off_t)place) != (ssize_t)before) abort();
    if (length > 0) memcpy(whole + 24 + before, bytes, length);
    all(notes_of[fd] - 1, whole, 24 + before + length);
    free(whole);
}

static ssize_t put(int fd, const void *bytes, size_t length, off_t place, int seek) {
    pthread_mutex_lock(&lock);
    struct stat stat;
    if (switched_on("full") && fstat(fd, &stat) == 0 && place + (off_t)length > stat.st_size) {
        pthread_mutex_unlock(&lock);
        errno = ENOSPC;
        return -1;
    }
    note(fd, (uint64_t)place, length, bytes, length);
    ssize_t done = seek ? real_write(fd, bytes, length) : real_pwrite(fd, bytes, length, place);
    pthread_mutex_unlock(&lock);
    return done;
}

static int tracked(int fd) { return fd >= 0 && fd < FILES && notes_of[fd]; }

ssize_t write(int fd, const void *bytes, size_t length) {
    if (!tracked(fd)) return real_write(fd, bytes, length);
    return put(fd, bytes, length, lseek(fd, 0, SEEK_CUR), 1);
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t place) {
    if (!tracked(fd)) return real_pwrite(fd, bytes, length, place);
    return put(fd, bytes, length, place, 0);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t place) {
    if (!tracked(fd)) return real_pwrite(fd, bytes, length, place);
    return put(fd, bytes, length, place, 0);
}

static int cut(int fd, off_t size) {
    if (!tracked(fd)) return real_ftruncate(fd, size);
    pthread_mutex_lock(&lock);
    note(fd, (uint64_t)size, 0, NULL, UINT32_MAX);
    int done = real_ftruncate(fd, size);
    pthread_mutex_unlock(&lock);
    return done;
}
int ftruncate(int fd, off_t size) { return cut(fd, size); }
int ftruncate64(int fd, off64_t size) { return cut(fd, size); }

static int sync_with(int (*real)(int), int fd) {
    if (!tracked(fd)) return real(fd);
    if (switched_on("fsync-fails")) {
        errno = EIO;
        return -1;
    }
    if (switched_on("slow")) {
        struct timespec wait = {0, (long)(rand() % 50) * 1000000};
        nanosleep(&wait, NULL);
    }
    pthread_mutex_lock(&lock);
    int done = real(fd);
    /* Durable from here on: nothing to take back. */
    if (done == 0 && real_ftruncate(notes_of[fd] - 1, 0) != 0) abort();
    pthread_mutex_unlock(&lock);
    return done;
}
int fsync(int fd) { return sync_with(real_fsync, fd); }
int fdatasync(int fd) { return sync_with(real_fdatasync, fd); }
