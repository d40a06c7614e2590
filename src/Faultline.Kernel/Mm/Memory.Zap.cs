using Faultline.Engine.Coroutines;
using Faultline.Engine.Sync;
using Faultline.Kernel.Checks;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Values;
using Faultline.Kernel.Versions;

namespace Faultline.Kernel.Mm;

/// <summary>mm/memory.c: taking PTEs and PMDs away.</summary>
internal static partial class Memory
{
    /// <summary>include/linux/fs.h mapping_mapped(): does any address space map the file?</summary>
    public static bool MappingMapped(Inode inode)
    {
        bool any = false;
        for (int map = 0; map < Machine.Current.Maps.Length; map++)
        {
            any |= new Vma(map).Inode == inode && new Vma(map).IsMapped;
        }

        return any;
    }

    /// <summary>page_mapcount(): PTEs, and parts of huge PMDs, that map a page of persistent memory.</summary>
    public static int CountMappings(Pfn pfn)
    {
        int count = 0;
        for (int map = 0; map < Machine.Current.Maps.Length; map++)
        {
            for (int page = 0; page < new Vma(map).Pages; page++)
            {
                count += PageTable.WalkRaw(new Vma(map), page).Pfn == pfn ? 1 : 0;
            }
        }

        return count;
    }

    /// <summary>
    /// mm/memory.c unmap_mapping_range() (unmap_mapping_pages() since v4.16): zaps pages of a file from every mapping. Private
    /// copies stay unless <paramref name="evenCows"/>.
    /// </summary>
    public static async Call UnmapMappingRange(Inode inode, int page, int pages, bool evenCows)
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

        bool noted = Sites.Observes(Machine.Current, Mark.UnmapOverlap);
        if (noted)
        {
            await NoteUnmapping(inode, begins: true);
        }

        for (int map = 0; map < Machine.Current.Maps.Length; map++)
        {
            if (new Vma(map).Inode == inode && new Vma(map).IsMapped)
            {
                await ZapPageRangeSingle(new Vma(map), page, pages, evenCows);
            }
        }

        if (noted)
        {
            await NoteUnmapping(inode, begins: false);
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

    /// <summary>mm/memory.c unmap_mapping_range(): counts who is in it, only where a condition asks whether two of them ever run at once on one file.</summary>
    private static async Call NoteUnmapping(Inode inode, bool begins)
    {
        await new AccessStep(inode.Unmapping.Index);
        Word<int> count = inode.Unmapping;
        count.Raw += begins ? 1 : -1;
        if (count.Raw > 1)
        {
            Sites.Reach(Mark.UnmapOverlap);
        }
    }

    /// <summary>mm/memory.c zap_page_range_single(): clears a range and flushes it.</summary>
    public static async Call ZapPageRangeSingle(Vma vma, int page, int pages, bool evenCows)
    {
        int first = Math.Max(page, vma.FirstPage), end = Math.Min(page + pages, vma.EndPage);
        if (first < end)
        {
            bool cleared = await UnmapPageRange(vma, first, end, evenCows);
            await TlbFinishMmu(vma, first, end, cleared);
        }
    }

    /// <summary>mm/memory.c unmap_page_range(): clears PTEs under ptl, huge PMDs under pmd_lock.</summary>
    /// <returns>True when something was cleared whose flush is still due.</returns>
    public static async Call<bool> UnmapPageRange(Vma vma, int first, int end, bool evenCows) => vma.HasRoomForHuge
        ? await ZapPmdRange(vma, first, end, evenCows)
        : await ZapPteRange(vma, first, end, evenCows);

    /// <summary>mm/mmu_gather.c tlb_finish_mmu(): flushes with no lock of the page tables held, and only then frees what was mapped.</summary>
    public static async Call TlbFinishMmu(Vma vma, int first, int end, bool cleared)
    {
        if (cleared || AnotherZapMayBePending)
        {
            await Tlb.FlushTlbRange(vma, first, end - first);
        }

        PageAllocator.FreeZapped();
        await Gup.WakeIdle();
    }

    /// <summary>mm/memory.c zap_pmd_range(): a huge PMD goes as a whole; one that is only partly in the range is split, which flushes at once.</summary>
    /// <returns>True when something was cleared whose flush is still due.</returns>
    private static async Call<bool> ZapPmdRange(Vma vma, int page, int end, bool evenCows)
    {
        bool cleared = false;
        for (int pmd = vma.PmdOf(page); pmd <= vma.PmdOf(end - 1); pmd++)
        {
            Pmd seen = await vma.Pmd(pmd).ReadOnce();
            if (seen.IsHuge)
            {
                bool whole = vma.FirstPageOf(pmd) >= page && vma.EndPageOf(pmd) <= end;
                if (whole && await HugeMemory.ZapHugePmd(vma, pmd))
                {
                    cleared = true;
                    continue;
                }

                await HugeMemory.SplitHugePmd(vma, pmd);
                seen = await vma.Pmd(pmd).ReadOnce();
            }

            if (seen.IsTable)
            {
                int first = Math.Max(page, vma.FirstPageOf(pmd));
                cleared |= await ZapPteRange(vma, first, Math.Min(end, vma.EndPageOf(pmd)), evenCows);
            }
        }

        return cleared;
    }

    /// <summary>mm/memory.c zap_pte_range(), within one page table.</summary>
    /// <returns>True when a PTE was cleared whose flush is still due.</returns>
    private static async Call<bool> ZapPteRange(Vma vma, int page, int end, bool evenCows)
    {
        bool cleared = false, flushNow = false;
        await vma.PtlOf(page).Lock();
        for (int p = page; p < end; p++)
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
            await Tlb.FlushTlbRange(vma, page, end - page); // dirty file pages are flushed before ptl is dropped: DAX pages since v6.15
        }

        vma.PtlOf(page).Unlock();
        return cleared && !flushNow;
    }

    /// <summary>mm/pt_reclaim.c try_to_free_pte() (v6.14): MADV_DONTNEED frees a page table that it found or left empty.</summary>
    public static async Call TryToFreePte(Vma vma, int page)
    {
        int pmd = vma.PmdOf(page);
        await vma.PmdLock.Lock();
        await vma.PtlOf(page).Lock();
        bool empty = vma.Pmd(pmd).Get().IsTable;
        for (int p = Math.Max(vma.FirstPageOf(pmd), 0); p < Math.Min(vma.EndPageOf(pmd), vma.Pages); p++)
        {
            empty &= vma.Pte(p).Get().IsNone;
        }

        if (empty)
        {
            await PageTable.SetPmdAt(vma.Pmd(pmd), Pmd.None);
        }

        vma.PtlOf(page).Unlock();
        vma.PmdLock.Unlock();
    }

    /// <summary>
    /// mm/memory.c tlb_finish_mmu(), mm_tlb_flush_nested(). That a second zap is pending is not kept: a flush too many takes away
    /// nothing that the kernel would keep.
    /// </summary>
    private static bool AnotherZapMayBePending =>
        Machine.Current.Threads > 1 && Machine.Current.Version.NestedZap == NestedZap.Flush;
}
