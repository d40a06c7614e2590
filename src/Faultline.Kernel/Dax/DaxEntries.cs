using Faultline.Engine.Coroutines;
using Faultline.Kernel.Checks;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Values;
using Faultline.Kernel.Versions;

namespace Faultline.Kernel.Dax;

/// <summary>fs/dax.c: finding, locking and unlocking the entries of a mapping. A huge entry lies in the slot of its first index.</summary>
internal static class DaxEntries
{
    /// <summary>The slot that a look-up of this index meets: that of the huge entry that covers it, else its own.</summary>
    public static int SlotOf(Inode inode, int index)
    {
        int head = Inode.HugeStart(index);
        return head < inode.Capacity && inode.Entry(head).Raw.IsHuge ? head : index;
    }

    /// <summary>
    /// fs/dax.c get_unlocked_mapping_entry() (v4.12), get_unlocked_entry() (v4.20): waits, exclusively, while the entry is locked.
    /// Called and returns with the tree lock held.
    /// </summary>
    [KernelName("get_unlocked_entry")]
    public static async Call<MappingEntry> GetUnlockedEntry(Inode inode, int index)
    {
        for (;;)
        {
            int slot = SlotOf(inode, index);
            MappingEntry entry = inode.Entry(slot).Get();
            if (!entry.IsLocked)
            {
                return entry;
            }

            Sites.Reach(Mark.GetUnlockedEntryWait);
            await inode.EntryWaiters(slot).PrepareToWaitExclusive();
            inode.TreeLock.Unlock();
            await inode.EntryWaiters(slot).Sleep();
            await inode.TreeLock.Lock();
        }
    }

    /// <summary>fs/dax.c wait_entry_unlocked() (v4.20), entry_wait_revalidate() (v4.19): queues up, drops the tree lock, sleeps, takes it again.</summary>
    [KernelName("wait_entry_unlocked")]
    public static async Call WaitForEntry(Inode inode, int key)
    {
        Sites.Reach(Mark.GetUnlockedEntryWait);
        await inode.EntryWaiters(key).PrepareToWaitExclusive();
        inode.TreeLock.Unlock();
        await inode.EntryWaiters(key).Sleep();
        await inode.TreeLock.Lock();
    }

    /// <summary>fs/dax.c lock_slot() (v4.12), dax_lock_entry() (v4.20): the caller holds the tree lock and found the entry unlocked.</summary>
    public static async Call<MappingEntry> LockSlot(Inode inode, int slot, MappingEntry entry)
    {
        if (!Locks)
        {
            await inode.Entry(slot).Write(entry);
            return entry;
        }

        await inode.Entry(slot).Write(entry.Lock());
        if (!inode.EntryLock(slot).IsOwned) // after a foreign unlock, which was reported, its owner still counts as that
        {
            inode.EntryLock(slot).NoteTaken();
        }

        return entry.Lock();
    }

    /// <summary>
    /// fs/dax.c dax_unlock_mapping_entry() (v4.12: WARN when it is not locked), dax_unlock_entry() (v4.20: BUG): stores the entry
    /// unlocked, then wakes one waiter.
    /// </summary>
    [KernelName("dax_unlock_entry")]
    public static async Call DaxUnlockEntry(Inode inode, int index)
    {
        if (!Locks)
        {
            return;
        }

        await inode.TreeLock.Lock();
        int slot = SlotOf(inode, index);
        MappingEntry entry = inode.Entry(slot).Get();
        if (!entry.IsLocked)
        {
            if (Machine.Current.Version.EntryStore == EntryStore.XArray)
            {
                await Sites.Bug("dax_unlock_entry", inode.Entry(slot).Index);
            }

            Sites.Warn("dax_unlock_mapping_entry", inode.Entry(slot).Index, $"the slot holds {entry}");
            inode.TreeLock.Unlock();
            return;
        }

        await inode.Entry(slot).Write(entry.Unlock());
        ForgetLock(inode, slot);
        inode.TreeLock.Unlock();
        await Wake(inode, slot, WakeMode.Next);
    }

    /// <summary>fs/dax.c put_unlocked_mapping_entry(): who waited for an entry and does not lock it passes the wake on.</summary>
    [KernelName("put_unlocked_entry")]
    public static async Call PutUnlockedEntry(Inode inode, int key, WakeMode mode) => await Wake(inode, key, mode);

    /// <summary>
    /// fs/dax.c put_locked_mapping_entry(): unlocks what the fault has locked by now, a page-cache page or an entry (a hole's entry
    /// may have become a page meanwhile, a page an entry).
    /// </summary>
    public static Call PutLockedMappingEntry(Inode inode, int index)
    {
        if (!Machine.Current.HasHolePages || !inode.HolePageLock(index).IsMine)
        {
            return DaxUnlockEntry(inode, index);
        }

        inode.HolePageLock(index).Unlock();
        return new Call(done: true);
    }

    /// <summary>
    /// fs/dax.c dax_invalidate_mapping_entry_sync() with __dax_invalidate_entry(): deletes an entry, unless it is dirty, after
    /// waiting for its lock.
    /// </summary>
    public static async Call DaxInvalidateMappingEntrySync(Inode inode, int index) =>
        await DaxInvalidateEntry(inode, index, evenDirty: Machine.Current.Version.InvalidateDirty == InvalidateDirty.Deletes);

    /// <summary>fs/dax.c dax_delete_mapping_entry(): deletes an entry, dirty or not, after waiting for its lock (truncate, punch).</summary>
    public static async Call DaxDeleteMappingEntry(Inode inode, int index) => await DaxInvalidateEntry(inode, index, evenDirty: true);

    /// <summary>fs/dax.c __dax_invalidate_entry().</summary>
    [KernelName("__dax_invalidate_entry")]
    private static async Call DaxInvalidateEntry(Inode inode, int index, bool evenDirty)
    {
        inode.EntryLock(index).MightWait();
        await inode.TreeLock.Lock();
        MappingEntry entry = await GetUnlockedEntry(inode, index);
        int slot = SlotOf(inode, index);
        if (!evenDirty && (entry.IsDirty || entry.IsTowrite))
        {
            Sites.Reach(Mark.InvalidateKeptDirty);
        }
        else if (!entry.IsNone && !entry.IsPage)
        {
            Invariants.CheckEntryDeleted(inode, slot, entry);
            await inode.Entry(slot).Write(MappingEntry.None);
        }

        inode.TreeLock.Unlock();
        if (!entry.IsNone && !entry.IsPage)
        {
            await PutUnlockedEntry(inode, slot, Machine.Current.Version.WakeAfterInvalidate);
        }
    }

    /// <summary>The lock bit goes away with what held it; the caller holds the tree lock.</summary>
    public static void ForgetLock(Inode inode, int slot)
    {
        if (Locks)
        {
            inode.EntryLock(slot).Unlock();
        }
    }

    /// <summary>Entries have a lock bit: always since v4.7, except where a test takes it out.</summary>
    public static bool Locks =>
        Machine.Current.Version.Mutation != Mutation.NoEntryLock && Machine.Current.Version.EntryLocking == EntryLocking.LockBit;

    /// <summary>fs/dax.c dax_wake_mapping_entry_waiter() (v4.12), dax_wake_entry() (v4.20).</summary>
    [KernelName("dax_wake_entry")]
    public static async Call Wake(Inode inode, int key, WakeMode mode)
    {
        if (Machine.Current.Version.Mutation == Mutation.NoWakeOnUnlock)
        {
            return;
        }

        if (mode == WakeMode.All)
        {
            await inode.EntryWaiters(key).WakeAll();
        }
        else
        {
            await inode.EntryWaiters(key).WakeOne();
        }
    }
}
