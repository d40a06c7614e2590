using Faultline.Engine.Coroutines;
using Faultline.Kernel.Checks;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Mm;
using Faultline.Kernel.Values;
using Faultline.Kernel.Versions;

namespace Faultline.Kernel.Dax;

/// <summary>How an entry is put into its slot.</summary>
[Flags]
internal enum InsertFlags
{
    /// <summary>As it is.</summary>
    None = 0,

    /// <summary>Tagged DIRTY.</summary>
    Dirty = 1,

    /// <summary>In the place of a shared extent's entry, which goes with its mappings; a store tags it TOWRITE, too.</summary>
    Shared = 2,
}

/// <summary>fs/dax.c: putting the entry of a block, or of a hole, into its slot.</summary>
internal static class DaxInsert
{
    /// <summary>
    /// Does the fault tag the entry DIRTY? A store does, unless MAP_SYNC has its PTE inserted later; from v6.0 to v6.1 a load did as well.
    /// </summary>
    public static InsertFlags IsDirty(VmFaultInfo vmf, bool sync) =>
        !sync && (vmf.IsWrite || Machine.Current.Version.ReadFaultTag == ReadFaultTag.Dirty) ? InsertFlags.Dirty : InsertFlags.None;

    /// <summary>
    /// fs/dax.c dax_insert_mapping_entry() (v4.12), dax_insert_entry() (v4.20): unmaps what stood for the hole, puts the new entry,
    /// locked, in its place, and tags it DIRTY for a store. A real entry that is there already stays.
    /// </summary>
    /// <returns>0, or a negative error number.</returns>
    [KernelName("dax_insert_mapping_entry")]
    public static async Call<int> DaxInsertMappingEntry(
        VmFaultInfo vmf, MappingEntry old, MappingEntry replacement, InsertFlags flags)
    {
        Inode inode = vmf.Vma.Inode;
        bool holeFilled = replacement.IsReal && (old.IsPage || old.IsZero);
        if ((holeFilled || (flags & InsertFlags.Shared) != 0) && Machine.Current.Version.Mutation != Mutation.NoUnmapOfZeroPage)
        {
            await UnmapOld(vmf, replacement.IsHuge || old.IsHuge);
        }

        if (old.IsPage)
        {
            await ReplaceHolePage(vmf, replacement);
            return Errno.Ok;
        }

        await inode.TreeLock.Lock();
        int place = replacement.IsHuge ? Inode.HugeStart(vmf.Page) : DaxEntries.SlotOf(inode, vmf.Page);
        MappingEntry slot = inode.Entry(place).Get();
        if (slot.IsPage)
        {
            inode.TreeLock.Unlock();
            return Errno.EIo; // a hole page came meanwhile (before v4.7, without entry locks)
        }

        if (old.IsZero || old.IsEmpty || (flags & InsertFlags.Shared) != 0)
        {
            WarnUnlessOurs(inode, place, slot, old);
            slot = (DaxEntries.Locks ? replacement.Lock() : replacement).WithTagsOf(slot);
        }

        if ((flags & InsertFlags.Dirty) != 0)
        {
            slot = slot.TagDirty();
        }

        await inode.Entry(place).Write(vmf.IsWrite && (flags & InsertFlags.Shared) != 0 ? slot.TagTowrite() : slot);
        inode.TreeLock.Unlock();
        return Errno.Ok;
    }

    private static Call UnmapOld(VmFaultInfo vmf, bool huge) => huge
        ? Memory.UnmapMappingRange(vmf.Vma.Inode, Inode.HugeStart(vmf.Page), Machine.Current.Program.HugePagePages, evenCows: false)
        : Memory.UnmapMappingRange(vmf.Vma.Inode, vmf.Page, 1, evenCows: false);

    /// <summary>fs/dax.c dax_insert_mapping_entry(), "hole fill" (before v4.14): the page leaves the page cache, and a locked entry takes its slot.</summary>
    private static async Call ReplaceHolePage(VmFaultInfo vmf, MappingEntry replacement)
    {
        Inode inode = vmf.Vma.Inode;
        await inode.TreeLock.Lock();
        inode.HolePageInCache(vmf.Page).Raw = 0;
        await DaxEntries.LockSlot(inode, vmf.Page, vmf.IsWrite ? replacement.TagDirty() : replacement);
        inode.TreeLock.Unlock();
        inode.HolePageLock(vmf.Page).Unlock();
    }

    private static void WarnUnlessOurs(Inode inode, int place, MappingEntry slot, MappingEntry ours)
    {
        bool other = slot.WithoutTags().Unlock() != ours.WithoutTags().Unlock() || (!slot.IsLocked && ours.IsLocked);
        if (other && Machine.Current.Version.EntryLocking == EntryLocking.LockBit)
        {
            Sites.Warn("dax_insert_mapping_entry", inode.Entry(place).Index, $"the slot holds {slot}");
        }
    }
}
