using Faultline.Engine.Sync;
using Faultline.Kernel.Values;

namespace Faultline.Kernel.Fs;

/// <summary>A file: its locks, its block map, and its mapping (<c>struct inode</c> and <c>struct address_space</c>).</summary>
/// <param name="Index">Its index in the program.</param>
public readonly record struct Inode(int Index)
{
    /// <summary>i_rwsem, XFS_IOLOCK: read(2) shared, write(2) exclusive.</summary>
    public RwSem Rwsem => new(Machine.Current.Places.InodeRwsem + Index);

    /// <summary>i_mmap_sem, XFS_MMAPLOCK, invalidate_lock: shared by faults.</summary>
    public RwSem FaultLock => new(Machine.Current.Places.FaultLock + Index);

    /// <summary>i_data_sem, XFS_ILOCK: the block map.</summary>
    public RwSem BlockMapLock => new(Machine.Current.Places.BlockMapLock + Index);

    /// <summary>i_mmap_rwsem: the VMAs that map the file.</summary>
    public RwSem IMmapRwsem => new(Machine.Current.Places.IMmapRwsem + Index);

    /// <summary>tree_lock, later the lock of i_pages: the mapping entries.</summary>
    public Mutex TreeLock => new(Machine.Current.Places.TreeLock + Index);

    /// <summary>Size in pages.</summary>
    public int Pages => Machine.Current.Places.FirstFilePage[Index + 1] - Machine.Current.Places.FirstFilePage[Index];

    /// <summary>The mapping entry of a page.</summary>
    public Word<MappingEntry> Entry(int page) => new(Machine.Current.Places.Entries + FilePage(page));

    /// <summary>Stands for the entry's lock bit in lock-order checks and reports.</summary>
    public Mutex EntryLock(int page) => new(Machine.Current.Places.EntryLock + FilePage(page));

    /// <summary>Who waits for the entry (the key is mapping and index).</summary>
    public WaitQueue EntryWaiters(int page) => new(Machine.Current.Places.EntryWaiters + FilePage(page));

    /// <summary>The block map's word for a page.</summary>
    public Word<Extent> Extent(int page) => new(Machine.Current.Places.Extents + FilePage(page));

    /// <summary>The page lock of a hole's page-cache page (before v4.14).</summary>
    public Mutex HolePageLock(int page) => new(Machine.Current.Places.HolePageLock + FilePage(page));

    /// <summary>1 while that page belongs to the mapping (<c>page->mapping</c>); changes under its page lock.</summary>
    public Word<int> HolePageInCache(int page) => new(Machine.Current.Places.HolePageInCache + FilePage(page));

    /// <summary>Is write(2) at this page? (for checks between steps)</summary>
    public bool IsWritingAt(int page) => WritingAt.Raw == page + 1;

    /// <summary>Notes, for the invariants, at which page write(2) is; -1: none. Under i_rwsem held exclusively.</summary>
    public void NoteWritingAt(int page)
    {
        Word<int> at = WritingAt;
        at.Raw = page + 1;
    }

    /// <summary>The page's number among all file pages: its block's and its hole page's number too.</summary>
    public int FilePage(int page) => Machine.Current.Places.FirstFilePage[Index] + page;

    private Word<int> WritingAt => new(Machine.Current.Places.WritingAt + Index);
}
