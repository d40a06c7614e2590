using Faultline.Engine.Coroutines;
using Faultline.Kernel.Checks;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Mm;
using Faultline.Kernel.Values;
using Faultline.Kernel.Versions;

namespace Faultline.Kernel.Dax;

/// <summary>fs/dax.c grab_mapping_entry(): the entry that a fault works under.</summary>
internal static class DaxGrab
{
    /// <summary>
    /// fs/dax.c grab_mapping_entry(): returns the entry locked, making a placeholder where there is none; before v4.14 possibly a locked
    /// page-cache page instead. A 4 KiB entry always beats a huge one: then the answer is <see cref="MappingEntry.Conflict"/>.
    /// A huge entry that only stands for a hole gives way to 4 KiB ones.
    /// </summary>
    public static async Call<MappingEntry> GrabMappingEntry(Inode inode, int index, bool huge)
    {
        inode.EntryLock(index).MightWait();
        for (;;)
        {
            await inode.TreeLock.Lock();
            MappingEntry entry = await GetEntryOfOrder(inode, index, huge);
            if (entry.Kind == EntryKind.Conflict)
            {
                inode.TreeLock.Unlock();
                return entry;
            }

            if (entry.IsPage)
            {
                inode.TreeLock.Unlock();
                if (await LockHolePage(inode, index))
                {
                    return entry;
                }

                continue; // truncated meanwhile
            }

            bool downgrade = !huge && entry.IsHuge && (entry.IsZero || entry.IsEmpty);
            if (downgrade)
            {
                await Downgrade(inode, index, entry);
                entry = MappingEntry.None;
            }
            else if (entry.IsNone && Machine.Current.Version.EntryStore == EntryStore.RadixTree)
            {
                inode.TreeLock.Unlock(); // to preload nodes
                await inode.TreeLock.Lock();
                if (IsOccupied(inode, index, huge))
                {
                    Sites.Reach(Mark.GrabMappingEntryRestart);
                    inode.TreeLock.Unlock();
                    if (huge && Machine.Current.Version.RadixRace == RadixRace.InsertFails)
                    {
                        return MappingEntry.Conflict; // -EEXIST, taken for a 4 KiB entry in the range
                    }

                    continue;
                }
            }

            if (huge && entry.IsNone && MeetsSmallEntry(inode, index))
            {
                inode.TreeLock.Unlock();
                return MappingEntry.Conflict; // -EEXIST from the insertion
            }

            int slot = entry.IsNone ? (huge ? Inode.HugeStart(index) : index) : DaxEntries.SlotOf(inode, index);
            MappingEntry placeholder = huge ? MappingEntry.Empty.AsHuge() : MappingEntry.Empty;
            MappingEntry locked = await DaxEntries.LockSlot(inode, slot, entry.IsNone ? placeholder : entry);
            inode.TreeLock.Unlock();
            return locked;
        }
    }

    /// <summary>
    /// fs/dax.c get_unlocked_mapping_entry(), and get_unlocked_entry(order) since v5.3: the unlocked entry at an index, or a conflict
    /// when a huge one is wanted and there is a smaller one.
    /// </summary>
    [KernelName("get_unlocked_entry")]
    private static async Call<MappingEntry> GetEntryOfOrder(Inode inode, int index, bool huge)
    {
        if (!huge)
        {
            return await DaxEntries.GetUnlockedEntry(inode, index);
        }

        bool xarray = Machine.Current.Version.EntryStore == EntryStore.XArray;
        for (;;)
        {
            int slot = xarray ? FindConflict(inode, index) : DaxEntries.SlotOf(inode, index);
            MappingEntry entry = inode.Entry(slot).Get();
            if (xarray && Machine.Current.Version.ConflictWait == ConflictWait.FallsBack && IsSmaller(entry))
            {
                return MappingEntry.Conflict;
            }

            if (entry.IsLocked)
            {
                int key = xarray ? Inode.HugeStart(index) : slot;
                Sites.Reach(Mark.GetUnlockedEntryWait);
                await inode.EntryWaiters(key).PrepareToWaitExclusive();
                inode.TreeLock.Unlock();
                await inode.EntryWaiters(key).Sleep();
                await inode.TreeLock.Lock();
                continue;
            }

            if (entry.IsNone || entry.IsHuge || IsIgnored(entry))
            {
                return entry.IsHuge ? entry : MappingEntry.None;
            }

            inode.TreeLock.Unlock();
            await DaxEntries.PutUnlockedEntry(inode, slot, WakeMode.Next);
            await inode.TreeLock.Lock();
            return MappingEntry.Conflict;
        }
    }

    // 6370740e5f8e: an empty slot has order 0 and is smaller than any huge entry; that must not count.
    private static bool IsSmaller(MappingEntry entry) =>
        entry.IsNone ? Machine.Current.Version.NullConflict == NullConflict.Conflict : !entry.IsHuge;

    /// <summary>lib/xarray.c xas_find_conflict(): the slot of the first entry in the range of a huge one; none: its first slot.</summary>
    private static int FindConflict(Inode inode, int index)
    {
        int head = Inode.HugeStart(index);
        int pages = Machine.Current.Version.ConflictScan == ConflictScan.All ? Machine.Current.Program.HugePagePages : 1;
        for (int slot = head; slot < head + pages && slot < inode.Capacity; slot++)
        {
            if (!inode.Entry(slot).Get().IsNone)
            {
                return slot;
            }
        }

        return head;
    }

    // What a look-up of the index itself finds after the tree lock was dropped (radix tree).
    private static bool IsOccupied(Inode inode, int index, bool huge) =>
        huge && Machine.Current.Version.RadixRace == RadixRace.InsertFails
            ? MeetsAnyEntry(inode, index)
            : !inode.Entry(DaxEntries.SlotOf(inode, index)).Get().IsNone;

    private static bool MeetsAnyEntry(Inode inode, int index)
    {
        int head = Inode.HugeStart(index);
        return inode.Entry(head).Get().IsHuge || MeetsSmallEntry(inode, index);
    }

    // Before de14b9cb5e02 a huge fault did not look for hole pages.
    private static bool IsIgnored(MappingEntry entry) =>
        entry.IsPage && Machine.Current.Version.HugeOverHole == HugeOverHole.IgnoresPages;

    // A radix tree refuses a huge entry over small ones; the XArray was asked before.
    private static bool MeetsSmallEntry(Inode inode, int index)
    {
        if (Machine.Current.Version.EntryStore == EntryStore.XArray)
        {
            return false;
        }

        int head = Inode.HugeStart(index);
        for (int slot = head; slot < head + Machine.Current.Program.HugePagePages && slot < inode.Capacity; slot++)
        {
            MappingEntry entry = inode.Entry(slot).Get();
            if (!entry.IsNone && !entry.IsHuge && !IsIgnored(entry))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>mm/filemap.c find_lock_page(), before v4.7: is there a page for a hole by now? Then it is locked.</summary>
    public static async Call<bool> FindLockPage(Inode inode, int page)
    {
        MappingEntry seen = await inode.Entry(page).ReadOnce();
        return seen.IsPage && !inode.HolePageLock(page).IsMine && await LockHolePage(inode, page);
    }

    /// <summary>fs/dax.c grab_mapping_entry() (v4.12), a page in the slot: lock_page(), and see that it is still the file's.</summary>
    private static async Call<bool> LockHolePage(Inode inode, int page)
    {
        await inode.HolePageLock(page).Lock();
        if (inode.HolePageInCache(page).Raw != 0)
        {
            return true;
        }

        inode.HolePageLock(page).Unlock();
        return false;
    }

    /// <summary>
    /// fs/dax.c grab_mapping_entry(), pmd_downgrade: unmaps the huge zero page, deletes the entry and wakes everybody who waits for it,
    /// since from now on they need other entries. Called and returns with the tree lock held.
    /// </summary>
    [KernelName("pmd_downgrade")]
    private static async Call Downgrade(Inode inode, int index, MappingEntry entry)
    {
        Sites.Reach(Mark.GrabMappingEntryDowngrade);
        int head = Inode.HugeStart(index);
        await DaxEntries.LockSlot(inode, head, entry);
        inode.TreeLock.Unlock();
        if (entry.IsZero)
        {
            await Memory.UnmapMappingRange(inode, head, Machine.Current.Program.HugePagePages, evenCows: false);
        }

        await inode.TreeLock.Lock();
        await inode.Entry(head).Write(MappingEntry.None);
        DaxEntries.ForgetLock(inode, head);
        await DaxEntries.Wake(inode, head, WakeMode.All);
    }
}
