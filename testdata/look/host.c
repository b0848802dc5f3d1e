/* A program of another language with Go libraries in it: loads those that it is
 * given, has each take its memory, says so, and waits for the end of its input. */
#include <dlfcn.h>
#include <stdio.h>

int main(int count, char **names) {
    for (int i = 1; i < count; i++) {
        void *library = dlopen(names[i], RTLD_NOW);
        int (*take)(void) = NULL;
        if (library != NULL)
            *(void **)&take = dlsym(library, "Take");
        if (take == NULL || take() != 8) {
            fprintf(stderr, "%s: %s\n", names[i], dlerror());
            return 1;
        }
    }
    puts("ready");
    fflush(stdout);
    return getchar() != EOF;
}
