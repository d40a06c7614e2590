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
    /// the caller has locked, and wakes everybody who waits for that entry, since from now on the page lock is what they need.
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
        MappingEntry old = inode.Entry(page).Get();
        if (!old.IsEmpty)
        {
            Sites.Warn("page_cache_tree_insert", inode.Entry(page).Index, $"the slot holds {old}");
        }

        await inode.Entry(page).Write(MappingEntry.Page(pfn));
        DaxEntries.ForgetLock(inode, page);
        inode.TreeLock.Unlock();
        await inode.EntryWaiters(page).WakeAll();
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
