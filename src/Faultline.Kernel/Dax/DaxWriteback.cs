using Faultline.Engine.Coroutines;
using Faultline.Kernel.Checks;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Mm;
using Faultline.Kernel.Pmem;
using Faultline.Kernel.Traces;
using Faultline.Kernel.Values;
using Faultline.Kernel.Versions;

namespace Faultline.Kernel.Dax;

/// <summary>fs/dax.c: flushing what stores left in CPU caches.</summary>
internal static class DaxWriteback
{
    /// <summary>
    /// fs/dax.c dax_writeback_mapping_range(): every entry that is DIRTY now is tagged TOWRITE; then each of those is cleaned and flushed.
    /// </summary>
    /// <param name="inode">The file.</param>
    /// <param name="page">First page.</param>
    /// <param name="pages">How many.</param>
    /// <param name="promises">For a system call that promises that every store complete by now is persistent when it returns.</param>
    public static async Call DaxWritebackMappingRange(Inode inode, int page, int pages, bool promises = false)
    {
        bool seen = await Tracepoints.WritebackRange(inode, page, pages);
        await TagPagesForWriteback(inode, page, pages, promises);
        for (int index = page; index < page + pages && index < inode.Capacity; index++)
        {
            MappingEntry entry = await inode.Entry(DaxEntries.SlotOf(inode, index)).ReadOnce();
            if (entry.IsTowrite)
            {
                await DaxWritebackOne(inode, index, entry);
            }
        }

        await Tracepoints.WritebackRangeDone(inode, page, pages, seen);
    }

    /// <summary>mm/page-writeback.c tag_pages_for_writeback().</summary>
    private static async Call TagPagesForWriteback(Inode inode, int page, int pages, bool promises)
    {
        await inode.TreeLock.Lock();
        if (promises)
        {
            CacheLines.BeginPromise(inode, page, pages); // fsync's first step: what was stored until then, it must see
        }

        for (int index = page; index < page + pages && index < inode.Capacity; index++)
        {
            int slot = DaxEntries.SlotOf(inode, index);
            if (inode.Entry(slot).Get().IsDirty && !inode.Entry(slot).Get().IsTowrite)
            {
                await inode.Entry(slot).Write(inode.Entry(slot).Get().TagTowrite());
            }
        }

        inode.TreeLock.Unlock();
    }

    /// <summary>
    /// fs/dax.c dax_writeback_one(): under the entry lock, makes the page read-only everywhere, flushes it, and only then clears DIRTY. No
    /// store can come between: it would have to fault, and the fault needs the entry.
    /// </summary>
    private static async Call DaxWritebackOne(Inode inode, int index, MappingEntry seen)
    {
        if (Machine.Current.Version.WritebackLocked == WritebackLocked.Skips)
        {
            await DaxWritebackUnlocked(inode, index, seen);
            return;
        }

        inode.EntryLock(index).MightWait();
        await inode.TreeLock.Lock();
        bool checks = inode.Entry(DaxEntries.SlotOf(inode, index)).Get().IsLocked
            || Machine.Current.Version.EntryStore == EntryStore.RadixTree; // since v4.20 only what it had to wait for is looked at again
        MappingEntry entry = await DaxEntries.GetUnlockedEntry(inode, index);
        int slot = DaxEntries.SlotOf(inode, index);
        if (!entry.IsTowrite || (checks && !(entry.IsReal && entry.Pfn == seen.Pfn)))
        {
            inode.TreeLock.Unlock();
            if (entry.IsTowrite && (entry.IsEmpty || entry.IsZero))
            {
                Sites.Warn("dax_writeback_one", inode.Entry(slot).Index, $"the entry is {entry}: -EIO");
            }

            if (!entry.IsNone)
            {
                await DaxEntries.PutUnlockedEntry(inode, slot, WakeMode.Next);
            }

            return;
        }

        await DaxEntries.LockSlot(inode, slot, entry.ClearTowrite());
        inode.TreeLock.Unlock();
        if (entry.IsReal)
        {
            await Clean(inode, slot, index, entry);
        }

        await DaxFinishWriteback(inode, slot);
    }

    /// <summary>fs/dax.c dax_writeback_one(), its end: clears DIRTY and unlocks the entry, in one hold of the lock since v4.20.</summary>
    private static async Call DaxFinishWriteback(Inode inode, int slot)
    {
        await inode.TreeLock.Lock();
        MappingEntry entry = Cleaned(inode.Entry(slot).Get());
        if (Machine.Current.Version.EntryStore == EntryStore.RadixTree)
        {
            await inode.Entry(slot).Write(entry);
            inode.TreeLock.Unlock();
            await DaxEntries.DaxUnlockEntry(inode, slot);
            await Tracepoints.WritebackOne(inode, slot, entry);
            return;
        }

        await inode.Entry(slot).Write(entry.Unlock());
        DaxEntries.ForgetLock(inode, slot);
        await Tracepoints.WritebackOne(inode, slot, entry);
        inode.TreeLock.Unlock();
        await DaxEntries.Wake(inode, slot, WakeMode.Next);
    }

    /// <summary>
    /// fs/dax.c dax_writeback_one() before a6abc2c0e77b (v4.10): no entry lock; an entry that is not as it was seen, be it only locked, is
    /// not flushed. TOWRITE goes only after the flush, so that nobody overtakes it.
    /// </summary>
    [KernelName("dax_writeback_one")]
    private static async Call DaxWritebackUnlocked(Inode inode, int index, MappingEntry seen)
    {
        await inode.TreeLock.Lock();
        int slot = DaxEntries.SlotOf(inode, index);
        MappingEntry entry = inode.Entry(slot).Get();
        bool changed = entry.WithoutTags() != seen.WithoutTags() || !entry.IsReal || !entry.IsTowrite;
        inode.TreeLock.Unlock();
        if (changed)
        {
            return;
        }

        await Clean(inode, slot, index, entry);
        await inode.TreeLock.Lock();
        await inode.Entry(slot).Write(Cleaned(inode.Entry(slot).Get().ClearTowrite()));
        inode.TreeLock.Unlock();
        await Tracepoints.WritebackOne(inode, slot, entry);
    }

    // 4b4bb46d00b3 (v4.10): before, nothing was made read-only, hence nothing could be clean.
    private static bool ClearsDirty => Machine.Current.Version.DirtyClearing == DirtyClearing.AfterFlush;

    private static MappingEntry Cleaned(MappingEntry entry) => ClearsDirty ? entry.ClearDirty() : entry;

    /// <summary>fs/dax.c dax_writeback_one(), between the locks: write-protect, then dax_flush().</summary>
    private static async Call Clean(Inode inode, int slot, int index, MappingEntry entry)
    {
        if (ClearsDirty)
        {
            await DaxEntryMkclean(inode, slot, index, entry);
        }

        int pages = entry.IsHuge ? Machine.Current.Program.HugePagePages : 1;
        for (int p = 0; p < pages; p++)
        {
            await CacheLines.DaxFlush(Pfn.Block(entry.Pfn.Index + p));
        }
    }

    /// <summary>
    /// fs/dax.c dax_mapping_entry_mkclean() (v4.12), dax_entry_mkclean() (v4.20), pfn_mkclean_range() (v5.19): write-protects and cleans
    /// the page in every shared mapping. Until v5.18 it looked only at one index of a huge entry.
    /// </summary>
    [KernelName("dax_entry_mkclean")]
    private static async Call DaxEntryMkclean(Inode inode, int slot, int index, MappingEntry entry)
    {
        bool whole = entry.IsHuge && Machine.Current.Version.MkcleanRange == MkcleanRange.WholeEntry;
        int first = whole ? slot : index, end = whole ? slot + Machine.Current.Program.HugePagePages : index + 1;
        await inode.IMmapRwsem.DownRead();
        for (int map = 0; map < Machine.Current.Maps.Length; map++)
        {
            if (new Vma(map).Inode != inode || !new Vma(map).IsShared || !new Vma(map).IsMapped)
            {
                continue;
            }

            for (int page = first; page < end; page++)
            {
                if (new Vma(map).Covers(page))
                {
                    await PageVmaMkcleanOne(new Vma(map), page, Pfn.Block(entry.Pfn.Index + page - slot));
                }
            }
        }

        inode.IMmapRwsem.UpRead();
    }

    /// <summary>mm/rmap.c page_vma_mkclean_one() (v5.19), before the body of dax_mapping_entry_mkclean().</summary>
    private static async Call PageVmaMkcleanOne(Vma vma, int page, Pfn pfn)
    {
        if (vma.HasRoomForHuge)
        {
            Pmd pmd = await vma.Pmd(vma.PmdOf(page)).ReadOnce();
            if (pmd.IsHuge)
            {
                await MkcleanPmd(vma, page, pfn);
                return;
            }
        }

        await vma.PtlOf(page).Lock();
        Pte pte = vma.Pte(page).Get();
        if (pte.Pfn == pfn && (pte.IsDirty || pte.IsWritable))
        {
            await PageTable.PtepClearFlush(vma, page);
            await PageTable.SetPteAt(vma.Pte(page), pte.WrProtect().MkClean());
        }

        vma.PtlOf(page).Unlock();
    }

    /// <summary>fs/dax.c dax_mapping_entry_mkclean(), the PMD (f729c8c9b24f): before v4.10 a huge PMD stayed writable.</summary>
    [KernelName("pmdp_mkclean")]
    private static async Call MkcleanPmd(Vma vma, int page, Pfn pfn)
    {
        if (Machine.Current.Version.MkcleanPmd == Versions.MkcleanPmd.Skips)
        {
            return;
        }

        int pmd = vma.PmdOf(page), first = vma.FirstPageOf(pmd);
        await vma.PmdLock.Lock();
        Pmd present = vma.Pmd(pmd).Get();
        if (present.IsHuge && present.PteOf(page - first).Pfn == pfn && (present.AsPte.IsDirty || present.AsPte.IsWritable))
        {
            bool invalid = Machine.Current.Version.MkcleanPmdMoment == MkcleanPmdMoment.Invalid;
            await PageTable.SetPmdAt(vma.Pmd(pmd), invalid ? present.Invalidate() : Pmd.None); // pmdp_invalidate(), before v5.2 pmdp_huge_clear_flush()
            await Tlb.FlushTlbRange(vma, first, Machine.Current.Program.HugePagePages);
            await PageTable.SetPmdAt(vma.Pmd(pmd), Pmd.Huge(present.AsPte.WrProtect().MkClean()));
        }

        vma.PmdLock.Unlock();
    }

    /// <summary>fs/dax.c __dax_clear_dirty_range() (v6.2): forgets DIRTY of what a copy-on-write write(2) replaces.</summary>
    [KernelName("__dax_clear_dirty_range")]
    public static async Call DaxClearDirtyRange(Inode inode, int index)
    {
        inode.EntryLock(index).MightWait();
        await inode.TreeLock.Lock();
        MappingEntry entry = await DaxEntries.GetUnlockedEntry(inode, index);
        int slot = DaxEntries.SlotOf(inode, index);
        if (entry.IsDirty || entry.IsTowrite)
        {
            await inode.Entry(slot).Write(entry.ClearDirty().ClearTowrite());
        }

        inode.TreeLock.Unlock();
        await DaxEntries.PutUnlockedEntry(inode, slot, WakeMode.Next);
    }
}
