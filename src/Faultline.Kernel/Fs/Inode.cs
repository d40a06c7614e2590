using Faultline.Engine.Sync;
using Faultline.Kernel.Programs;
using Faultline.Kernel.Values;

namespace Faultline.Kernel.Fs;

/// <summary>A file: its locks, its block map, and its mapping (<c>struct inode</c> and <c>struct address_space</c>).</summary>
/// <param name="Index">Its index in the program.</param>
public readonly record struct Inode(int Index)
{
    /// <summary>i_rwsem, XFS_IOLOCK: read(2) shared, write(2) and layout changes exclusive.</summary>
    public RwSem Rwsem => new(Machine.Current.Places.InodeRwsem + Index);

    /// <summary>i_mmap_sem, XFS_MMAPLOCK, invalidate_lock: shared by faults, exclusive in layout changes.</summary>
    public RwSem FaultLock => new(Machine.Current.Places.FaultLock + Index);

    /// <summary>i_data_sem, XFS_ILOCK: the block map.</summary>
    public RwSem BlockMapLock => new(Machine.Current.Places.BlockMapLock + Index);

    /// <summary>i_mmap_rwsem: the VMAs that map the file.</summary>
    public RwSem IMmapRwsem => new(Machine.Current.Places.IMmapRwsem + Index);

    /// <summary>tree_lock, later the lock of i_pages: the mapping entries.</summary>
    public Mutex TreeLock => new(Machine.Current.Places.TreeLock + Index);

    /// <summary>Pages that the file can grow to: as many as have words.</summary>
    public int Capacity => Machine.Current.Places.FirstFilePage[Index + 1] - Machine.Current.Places.FirstFilePage[Index];

    /// <summary>i_size in pages, read between steps or under i_rwsem.</summary>
    public int SizeNow => Size.Raw;

    /// <summary>i_size in pages.</summary>
    public Word<int> Size => new(Machine.Current.Places.Sizes + Index);

    /// <summary>The mapping entry's slot of an index; a huge entry lies in the slot of its first index.</summary>
    public Word<MappingEntry> Entry(int slot) => new(Machine.Current.Places.Entries + FilePage(slot));

    /// <summary>Stands for the entry's lock bit in lock-order checks and reports.</summary>
    public Mutex EntryLock(int slot) => new(Machine.Current.Places.EntryLock + FilePage(slot));

    /// <summary>Who waits for the entry (the key is mapping and first index).</summary>
    public WaitQueue EntryWaiters(int slot) => new(Machine.Current.Places.EntryWaiters + FilePage(slot));

    /// <summary>The block map's word for a page.</summary>
    public Word<Extent> Extent(int page) => new(Machine.Current.Places.Extents + FilePage(page));

    /// <summary>The page lock of a hole's page-cache page (before v4.14).</summary>
    public Mutex HolePageLock(int page) => new(Machine.Current.Places.HolePageLock + FilePage(page));

    /// <summary>1 while that page belongs to the mapping (<c>page->mapping</c>); changes under its page lock.</summary>
    public Word<int> HolePageInCache(int page) => new(Machine.Current.Places.HolePageInCache + FilePage(page));

    /// <summary>The block that a copy-on-write of a page was given and that is not yet the file's, plus one; 0: none (XFS's CoW fork).</summary>
    public Word<Extent> CowFork(int page) => new(Machine.Current.Places.CowFork + FilePage(page));

    /// <summary>Metadata of the file changed since the last commit of the journal.</summary>
    public Word<int> MetadataDirty => new(Machine.Current.Places.MetadataDirty + Index);

    /// <summary>How many threads are in unmap_mapping_range() for this file; kept only for a condition that asks.</summary>
    public Word<int> Unmapping => new(Machine.Current.Places.Unmapping + Index);

    /// <summary>The first index of the huge page that an index lies in.</summary>
    public static int HugeStart(int page) => page / Machine.Current.Program.HugePagePages * Machine.Current.Program.HugePagePages;

    /// <summary>Reads i_size as faults and system calls do, without i_rwsem; no step where the program never changes it.</summary>
    public ReadStep<int> ReadSize() => new(Machine.Current.Places.Sizes + Index, !Machine.Current.Footprint.IsResized(Index));

    /// <summary>
    /// Does fallocate(2) refuse (-EINVAL, -EFBIG)? A collapsed range must end before the end of the file, an inserted one begin before it
    /// and leave the file as large as it may be at most. Read under i_rwsem.
    /// </summary>
    public bool Refuses(FallocateMode mode, int page, int pages) => mode switch
    {
        FallocateMode.CollapseRange => page + pages >= SizeNow,
        FallocateMode.InsertRange => page >= SizeNow || SizeNow + pages > Capacity,
        _ => false,
    };

    /// <summary>Is write(2) at this page? (for checks between steps)</summary>
    public bool IsWritingAt(int page) => Writing(page).Raw != 0;

    /// <summary>Notes, for the invariants, at which page write(2) is; -1: none. Under i_rwsem held exclusively.</summary>
    public void NoteWritingAt(int page)
    {
        for (int other = 0; other < Capacity; other++)
        {
            Word<int> at = Writing(other);
            if (at.Raw != (other == page ? 1 : 0))
            {
                at.Raw = other == page ? 1 : 0;
            }
        }
    }

    /// <summary>Is a fault at this page between its look at the block and the end of what it does about it? (before v4.12, for checks between steps)</summary>
    public bool IsFaultingAt(int page) => Faulting(page).Raw != 0;

    /// <summary>Notes, for the invariants, that a fault that asks for the block before it has the entry begins or ends (before v4.12).</summary>
    public void NoteFaulting(int page, bool begins)
    {
        Word<int> count = Faulting(page);
        count.Raw += begins ? 1 : -1;
    }

    /// <summary>Is somebody between the change of blocks or size and the end of its invalidation? (for checks between steps)</summary>
    public bool IsLayoutChanging => Machine.Current.Footprint.ChangesLayout && LayoutChange.Raw != 0;

    /// <summary>Notes, for the invariants, that a layout change begins or ends. Under the fault lock held exclusively.</summary>
    public void NoteLayoutChange(bool begins)
    {
        Word<int> change = LayoutChange;
        change.Raw = begins ? 1 : 0;
    }

    /// <summary>The page's number among all file pages; that of its hole page too.</summary>
    public int FilePage(int page) => Machine.Current.Places.FirstFilePage[Index] + page;

    private Word<int> Writing(int page) => new(Machine.Current.Places.WritingAt + FilePage(page));

    private Word<int> Faulting(int page) => new(Machine.Current.Places.FaultingAt + FilePage(page));

    private Word<int> LayoutChange => new(Machine.Current.Places.ChangingLayout + Index);
}
