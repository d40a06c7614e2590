using Faultline.Engine.Coroutines;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Values;
using Faultline.Kernel.Versions;

namespace Faultline.Kernel.Mm;

/// <summary>mm/memory.c: taking PTEs away.</summary>
internal static partial class Memory
{
    /// <summary>
    /// mm/memory.c unmap_mapping_range() (unmap_mapping_pages() since v4.16): zaps one page of a file from every mapping. Private
    /// copies stay unless <paramref name="evenCows"/>.
    /// </summary>
    public static async Call UnmapMappingRange(Inode inode, int page, bool evenCows)
    {
        bool shared = Machine.Current.Version.UnmapLock == UnmapLock.Read;
        if (shared)
        {
            await inode.IMmapRwsem.DownRead();
        }
        else
        {
            await inode.IMmapRwsem.DownWrite();
        }

        for (int map = 0; map < Machine.Current.Maps.Length; map++)
        {
            if (new Vma(map).Inode == inode)
            {
                await ZapPageRangeSingle(new Vma(map), page, 1, evenCows);
            }
        }

        if (shared)
        {
            inode.IMmapRwsem.UpRead();
        }
        else
        {
            inode.IMmapRwsem.UpWrite();
        }
    }

    /// <summary>
    /// mm/memory.c zap_page_range_single() with tlb_finish_mmu(): clears PTEs under ptl, flushes after ptl is dropped, and only then
    /// frees what was mapped.
    /// </summary>
    public static async Call ZapPageRangeSingle(Vma vma, int page, int pages, bool evenCows)
    {
        bool cleared = await ZapPteRange(vma, page, pages, evenCows);
        if (cleared || AnotherZapMayBePending)
        {
            await Tlb.FlushTlbRange(vma, page, pages);
        }

        PageAllocator.FreeZapped();
    }

    /// <summary>mm/memory.c zap_pte_range().</summary>
    /// <returns>True when a PTE was cleared whose flush is still due.</returns>
    private static async Call<bool> ZapPteRange(Vma vma, int page, int pages, bool evenCows)
    {
        bool cleared = false, flushNow = false;
        await vma.Ptl.Lock();
        for (int p = page; p < page + pages; p++)
        {
            Pte pte = vma.Pte(p).Get();
            if (pte.IsNone || (pte.Pfn.IsAnon && !evenCows))
            {
                continue;
            }

            await PageTable.PtepGetAndClear(vma.Pte(p), evenCows);
            cleared = true;
            if (pte.Pfn.IsAnon)
            {
                PageAllocator.DeferFree(pte.Pfn);
            }

            flushNow |= !pte.Pfn.IsAnon && PageTable.HasNormalPage(pte) && pte.IsDirty;
        }

        if (flushNow)
        {
            await Tlb.FlushTlbRange(vma, page, pages); // dirty file pages are flushed before ptl is dropped: DAX pages since v6.15
        }

        vma.Ptl.Unlock();
        return cleared && !flushNow;
    }

    /// <summary>
    /// mm/memory.c tlb_finish_mmu(), mm_tlb_flush_nested(). That a second zap is pending is not kept: a flush too many takes away
    /// nothing that the kernel would keep.
    /// </summary>
    private static bool AnotherZapMayBePending =>
        Machine.Current.Version.NestedZap == NestedZap.Flush && Machine.Current.Threads > 1;
}
