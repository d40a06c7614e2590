using Faultline.Engine.Coroutines;
using Faultline.Engine.Sync;

namespace Faultline.Kernel.Mm;

/// <summary>mm/madvise.c.</summary>
internal static class Madvise
{
    /// <summary>
    /// mm/madvise.c do_madvise() to madvise_dontneed_single_vma(), MADV_DONTNEED: zaps everything in the range, private copies
    /// too, under mmap_lock held for reading (the VMA's lock from v6.17). Takes no lock of the file.
    /// </summary>
    /// <param name="vma">Mapping.</param>
    /// <param name="page">One page, or -1 for the whole mapping.</param>
    public static async Call DoMadvise(Vma vma, int page)
    {
        await new RwSem(Machine.Current.Places.MmapLock).DownRead();
        await Memory.ZapPageRangeSingle(vma, Math.Max(page, 0), page < 0 ? vma.Pages : 1, evenCows: true);
        new RwSem(Machine.Current.Places.MmapLock).UpRead();
    }
}
