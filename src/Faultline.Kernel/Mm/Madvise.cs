using Faultline.Engine.Coroutines;
using Faultline.Kernel.Checks;
using Faultline.Kernel.Versions;

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
        bool vmaLock = Machine.Current.Footprint.ChangesVmas && Machine.Current.Version.DontNeedLock == DontNeedLock.VmaLock;
        bool locked = vmaLock && await vma.Lock.TryDownRead();
        if (locked)
        {
            Sites.Reach(Mark.VmaLockDontNeed);
        }
        else
        {
            await vma.MmapLock.DownRead();
        }

        if (vma.IsMapped)
        {
            await Memory.ZapPageRangeSingle(vma, Math.Max(page, 0), page < 0 ? vma.Pages : 1, evenCows: true);
            await ReclaimTables(vma, page);
        }

        if (locked)
        {
            vma.Lock.UpRead();
        }
        else
        {
            vma.MmapLock.UpRead();
        }
    }

    /// <summary>mm/pt_reclaim.c reclaim_pt_is_enabled() and what follows: page tables that the range covers as a whole may go.</summary>
    private static async Call ReclaimTables(Vma vma, int page)
    {
        if (!vma.HasRoomForHuge || page >= 0 || Machine.Current.Version.TableReclaim == TableReclaim.None)
        {
            return;
        }

        for (int pmd = vma.PmdOf(vma.FirstPage); pmd <= vma.PmdOf(vma.EndPage - 1); pmd++)
        {
            int first = vma.FirstPageOf(pmd);
            if (first >= vma.FirstPage && vma.EndPageOf(pmd) <= vma.EndPage)
            {
                await Memory.TryToFreePte(vma, first);
            }
        }
    }
}
