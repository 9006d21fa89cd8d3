/* What the processor has beyond its architecture's first version. Other processors, and compilations with PORTABLE, do
 * without: their loops give the same bits. */

#if defined(__x86_64__) && !defined(PORTABLE)
#include <cpuid.h>

#define AVX2 __attribute__((target("avx2"))) /* of functions that `has_avx2` allows to call */

static bool ask_processor(void)
{
    unsigned a, b, c, d, kept, high;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE))
        return false;
    __asm__("xgetbv" : "=a"(kept), "=d"(high) : "c"(0)); /* which registers the system keeps */
    return (kept & 6) == 6 && __get_cpuid_count(7, 0, &a, &b, &c, &d) && b & bit_AVX2;
}

/* Whether there is AVX2; asking takes microseconds on virtual machines, so the answer is kept. */
static bool has_avx2(void)
{
    static int known = -1;
    int answer = __atomic_load_n(&known, __ATOMIC_RELAXED);
    if (answer < 0)
        __atomic_store_n(&known, answer = ask_processor(), __ATOMIC_RELAXED);
    return answer;
}
#else
static bool has_avx2(void) { return false; }
#endif
