using Faultline.Engine.Coroutines;
using Faultline.Kernel.Checks;
using Faultline.Kernel.Dax;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Values;

namespace Faultline.Kernel.Mm;

/// <summary>mm/filemap.c, for the page-cache pages of zeroes that stood for holes before v4.14.</summary>
internal static class Filemap
{
    /// <summary>
    /// mm/filemap.c find_or_create_page() with page_cache_tree_insert(): puts a zeroed page, locked, in the place of the entry that
    /// the caller has locked, and wakes everybody who waits for that entry, since from now on the page lock is what they need (before 965d004af540: one of them).
    /// </summary>
    public static async Call<Pfn> FindOrCreatePage(Inode inode, int page)
    {
        Pfn pfn = Pfn.HolePage(inode.FilePage(page));
        await inode.HolePageLock(page).Lock(); // fresh, hence free
        inode.HolePageInCache(page).Raw = 1;
        if (Machine.Current.Costs is { } costs)
        {
            costs.PageCachePages++;
        }

        await inode.TreeLock.Lock();
        int slot = DaxEntries.SlotOf(inode, page);
        MappingEntry old = inode.Entry(slot).Get();
        if (!DaxEntries.Locks && old.IsReal)
        {
            inode.HolePageInCache(page).Raw = 0; // -EEXIST: somebody mapped the block meanwhile
            inode.TreeLock.Unlock();
            inode.HolePageLock(page).Unlock();
            return default;
        }

        if (!old.IsEmpty && DaxEntries.Locks)
        {
            Sites.Warn("page_cache_tree_insert", inode.Entry(slot).Index, $"the slot holds {old}");
        }

        if (slot != page)
        {
            await inode.Entry(slot).Write(MappingEntry.None); // a huge entry is one slot of the tree: it goes as a whole
        }

        await inode.Entry(page).Write(MappingEntry.Page(pfn));
        DaxEntries.ForgetLock(inode, slot);
        inode.TreeLock.Unlock();
        await DaxEntries.Wake(inode, slot, Machine.Current.Version.HolePageWake);
        return pfn;
    }

    /// <summary>mm/filemap.c delete_from_page_cache(): the caller has the page locked.</summary>
    public static async Call DeleteFromPageCache(Inode inode, int page)
    {
        await inode.TreeLock.Lock();
        inode.HolePageInCache(page).Raw = 0;
        await inode.Entry(page).Write(MappingEntry.None);
        inode.TreeLock.Unlock();
    }
}
