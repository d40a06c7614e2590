using Faultline.Engine.Coroutines;
using Faultline.Kernel.Checks;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Values;
using Faultline.Kernel.Versions;

namespace Faultline.Kernel.Dax;

/// <summary>fs/dax.c: locking the entries of a mapping.</summary>
internal static class DaxEntries
{
    /// <summary>
    /// fs/dax.c get_unlocked_mapping_entry() (v4.12), get_unlocked_entry() (v4.20): waits, exclusively, while the entry is locked.
    /// Called and returns with the tree lock held.
    /// </summary>
    [KernelName("get_unlocked_entry")]
    public static async Call<MappingEntry> GetUnlockedEntry(Inode inode, int page)
    {
        for (;;)
        {
            MappingEntry entry = inode.Entry(page).Get();
            if (!entry.IsLocked)
            {
                return entry;
            }

            Sites.Reach(Mark.GetUnlockedEntryWait);
            await inode.EntryWaiters(page).PrepareToWaitExclusive();
            inode.TreeLock.Unlock();
            await inode.EntryWaiters(page).Sleep();
            await inode.TreeLock.Lock();
        }
    }

    /// <summary>
    /// fs/dax.c grab_mapping_entry(): returns the entry locked, making a placeholder where there is none; in v4.12 possibly a locked
    /// page-cache page instead.
    /// </summary>
    public static async Call<MappingEntry> GrabMappingEntry(Inode inode, int page)
    {
        inode.EntryLock(page).MightWait();
        for (;;)
        {
            await inode.TreeLock.Lock();
            MappingEntry entry = await GetUnlockedEntry(inode, page);
            if (entry.IsPage)
            {
                inode.TreeLock.Unlock();
                await inode.HolePageLock(page).Lock();
                if (inode.HolePageInCache(page).Raw != 0)
                {
                    return entry;
                }

                inode.HolePageLock(page).Unlock(); // truncated meanwhile
                continue;
            }

            if (entry.IsNone && Machine.Current.Version.EntryStore == EntryStore.RadixTree)
            {
                inode.TreeLock.Unlock(); // to preload nodes
                await inode.TreeLock.Lock();
                if (!inode.Entry(page).Get().IsNone)
                {
                    Sites.Reach(Mark.GrabMappingEntryRestart);
                    inode.TreeLock.Unlock();
                    continue;
                }
            }

            MappingEntry locked = await LockSlot(inode, page, entry.IsNone ? MappingEntry.Empty : entry);
            inode.TreeLock.Unlock();
            return locked;
        }
    }

    /// <summary>fs/dax.c lock_slot() (v4.12), dax_lock_entry() (v4.20): the caller holds the tree lock and found the entry unlocked.</summary>
    public static async Call<MappingEntry> LockSlot(Inode inode, int page, MappingEntry entry)
    {
        if (Machine.Current.Version.Mutation == Mutation.NoEntryLock)
        {
            await inode.Entry(page).Write(entry);
            return entry;
        }

        await inode.Entry(page).Write(entry.Lock());
        inode.EntryLock(page).NoteTaken();
        return entry.Lock();
    }

    /// <summary>
    /// fs/dax.c dax_unlock_mapping_entry() (v4.12: WARN when it is not locked), dax_unlock_entry() (v4.20: BUG): stores the entry
    /// unlocked, then wakes one waiter.
    /// </summary>
    [KernelName("dax_unlock_entry")]
    public static async Call DaxUnlockEntry(Inode inode, int page)
    {
        if (Machine.Current.Version.Mutation == Mutation.NoEntryLock)
        {
            return;
        }

        await inode.TreeLock.Lock();
        MappingEntry entry = inode.Entry(page).Get();
        if (!entry.IsLocked)
        {
            if (Machine.Current.Version.EntryStore == EntryStore.XArray)
            {
                await Sites.Bug("dax_unlock_entry", inode.Entry(page).Index);
            }

            Sites.Warn("dax_unlock_mapping_entry", inode.Entry(page).Index, $"the slot holds {entry}");
            inode.TreeLock.Unlock();
            return;
        }

        await inode.Entry(page).Write(entry.Unlock());
        ForgetLock(inode, page);
        inode.TreeLock.Unlock();
        await Wake(inode, page, WakeMode.Next);
    }

    /// <summary>fs/dax.c put_unlocked_mapping_entry(): who waited for an entry and does not lock it passes the wake on.</summary>
    [KernelName("put_unlocked_entry")]
    public static async Call PutUnlockedEntry(Inode inode, int page, WakeMode mode) => await Wake(inode, page, mode);

    /// <summary>
    /// fs/dax.c put_locked_mapping_entry(): unlocks what the fault has locked by now, a page-cache page or an entry (a hole's entry
    /// may have become a page meanwhile, a page an entry).
    /// </summary>
    public static Call PutLockedMappingEntry(Inode inode, int page)
    {
        if (Machine.Current.Version.HoleBacking != HoleBacking.PageCachePage || !inode.HolePageLock(page).IsMine)
        {
            return DaxUnlockEntry(inode, page);
        }

        inode.HolePageLock(page).Unlock();
        return new Call(done: true);
    }

    /// <summary>
    /// fs/dax.c dax_invalidate_mapping_entry_sync() with __dax_invalidate_entry(): deletes an entry, unless it is dirty, after
    /// waiting for its lock.
    /// </summary>
    public static async Call DaxInvalidateMappingEntrySync(Inode inode, int page)
    {
        inode.EntryLock(page).MightWait();
        await inode.TreeLock.Lock();
        MappingEntry entry = await GetUnlockedEntry(inode, page);
        if (entry.IsDirty || entry.IsTowrite)
        {
            Sites.Reach(Mark.InvalidateKeptDirty);
        }
        else if (!entry.IsNone && !entry.IsPage)
        {
            await inode.Entry(page).Write(MappingEntry.None);
        }

        inode.TreeLock.Unlock();
        if (!entry.IsNone && !entry.IsPage)
        {
            await PutUnlockedEntry(inode, page, Machine.Current.Version.WakeAfterInvalidate);
        }
    }

    /// <summary>The lock bit goes away with what held it; the caller holds the tree lock.</summary>
    public static void ForgetLock(Inode inode, int page)
    {
        if (Machine.Current.Version.Mutation != Mutation.NoEntryLock)
        {
            inode.EntryLock(page).Unlock();
        }
    }

    /// <summary>fs/dax.c dax_wake_mapping_entry_waiter() (v4.12), dax_wake_entry() (v4.20).</summary>
    [KernelName("dax_wake_entry")]
    private static async Call Wake(Inode inode, int page, WakeMode mode)
    {
        if (Machine.Current.Version.Mutation == Mutation.NoWakeOnUnlock)
        {
            return;
        }

        if (mode == WakeMode.All)
        {
            await inode.EntryWaiters(page).WakeAll();
        }
        else
        {
            await inode.EntryWaiters(page).WakeOne();
        }
    }
}
