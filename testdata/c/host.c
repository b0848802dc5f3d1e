/* A program that has libraries of Go code work: those it is given, in turns, or with
   LINKED the one that is part of it. Usage: host ROUNDS MIB BLOCKS LIBRARY... */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef long long (*function)(long long);

#ifdef LINKED
extern long long Work(long long mib);
extern long long Grow(long long blocks);
#endif

static function find(void *library, const char *name) {
#ifdef LINKED
    (void)library;
    return strcmp(name, "Work") == 0 ? Work : Grow;
#else
    function found;
    void *address = dlsym(library, name);
    if (!address) {
        puts(dlerror());
        exit(1);
    }
    memcpy(&found, &address, sizeof found);
    return found;
#endif
}

int main(int count, char **args) {
    enum { MOST = 8, FIRST = 4 };
    void *libraries[MOST] = {0};
    int n = 0;
    if (count <= FIRST || count > FIRST + MOST) {
        return 2;
    }
    for (; FIRST + n < count; n++) {
#ifndef LINKED
        libraries[n] = dlopen(args[FIRST + n], RTLD_NOW | RTLD_LOCAL);
        if (!libraries[n]) {
            puts(dlerror());
            return 1;
        }
#endif
    }
    for (int round = 0; round < atoi(args[1]); round++) {
        for (int i = 0; i < n; i++) {
            long long work = find(libraries[i], "Work")(atoi(args[2]));
            long long room = find(libraries[i], "Grow")(atoi(args[3]));
            printf("%d: %lld %lld\n", i, work, room);
            fflush(stdout);
        }
    }
    return 0;
}
