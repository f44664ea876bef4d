/* The one function of Windows' bcryptprimitives.dll that Rust's std imports. Wine 8 has no such file, and a program whose
 * imports are missing ends with status 53 and no word. `cargo ci` builds this into the prefix that it makes (ci/src/wine.rs);
 * it is not part of any program. */

#include <windows.h>
#include <ntsecapi.h>

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T size)
{
    /* The older function takes a shorter length. */
    while (size > 0) {
        ULONG part = size > 0x10000000 ? 0x10000000 : (ULONG)size;
        if (!RtlGenRandom(data, part))
            return FALSE;
        data += part;
        size -= part;
    }
    return TRUE;
}
