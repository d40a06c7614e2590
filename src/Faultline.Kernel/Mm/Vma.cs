using Faultline.Engine.Sync;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Programs;
using Faultline.Kernel.Values;

namespace Faultline.Kernel.Mm;

/// <summary>A mapping in one address space (<c>struct vm_area_struct</c>) and its part of the page table.</summary>
/// <param name="Index">Its index in the program.</param>
public readonly record struct Vma(int Index)
{
    private const int Mapped = 1;
    private const int Writable = 2;
    private const int HasAnonVma = 4;

    /// <summary>The flag that says that private copies may be mapped.</summary>
    public const int AnonVmaFlag = HasAnonVma;

    /// <summary>A state word in words: <c>rw</c>, <c>r</c>, <c>not mapped</c>.</summary>
    public static string Describe(int state) => (state & Mapped) == 0 ? "not mapped" : (state & Writable) != 0 ? "rw" : "r";

    /// <summary>VM_SHARED.</summary>
    public bool IsShared => Spec.Shared;

    /// <summary>VM_WRITE, as mprotect(2) last left it.</summary>
    public bool IsWritable => ChangesVmas ? (State.Raw & Writable) != 0 : Spec.Writable;

    /// <summary>VM_SYNC.</summary>
    public bool IsSync => Spec.Sync;

    /// <summary>Has it not been unmapped, and has its process been forked by now?</summary>
    public bool IsMapped => !ChangesVmas || (State.Raw & Mapped) != 0;

    /// <summary>There is a range of it that a huge PMD can map.</summary>
    public bool HasRoomForHuge => Spec.Alignment != Alignment.BasePages;

    /// <summary>The file.</summary>
    public Inode Inode => new(Spec.File);

    /// <summary>The process.</summary>
    public int Process => Spec.Process;

    /// <summary>Pages of its file, mapped or not: its page table has a word for each.</summary>
    public int Pages => Inode.Capacity;

    /// <summary>Is this page of the file in the mapped range?</summary>
    public bool Covers(int page) => page >= Spec.FirstPage && page < EndPage;

    /// <summary>The first page of the file that is mapped.</summary>
    public int FirstPage => Spec.FirstPage;

    /// <summary>The page after the last that is mapped.</summary>
    public int EndPage => Spec.PageCount == 0 ? Pages : Spec.FirstPage + Spec.PageCount;

    /// <summary>mm->mmap_lock (mmap_sem before v5.8) of its process.</summary>
    public RwSem MmapLock => new(Machine.Current.Places.MmapLock + Process);

    /// <summary>Its own lock (since v6.4).</summary>
    public RwSem Lock => new(Machine.Current.Places.VmaLock + Index);

    /// <summary>mm->page_table_lock: the PMDs.</summary>
    public Mutex PmdLock => new(Machine.Current.Places.PmdLock + Process);

    /// <summary>The flags that change, for those that write them under mmap_lock held for writing.</summary>
    public Word<int> State => new(Machine.Current.Places.VmaState + Index);

    private static bool ChangesVmas => Machine.Current.Footprint.ChangesVmas;

    private MapSpec Spec => Machine.Current.Maps[Index];

    /// <summary>The flags that a mapping starts with.</summary>
    public static int InitialState(MapSpec spec) =>
        spec.CopyOf >= 0 ? 0 : Mapped | (spec.Writable ? Writable : 0);

    /// <summary>The flags of one that is mapped with these rights.</summary>
    public static int StateOf(bool writable) => Mapped | (writable ? Writable : 0);

    /// <summary>Notes that a private copy may be mapped (<c>anon_vma_prepare()</c>).</summary>
    public void NoteAnonVma()
    {
        if (ChangesVmas)
        {
            Word<int> state = State;
            state.Raw |= HasAnonVma;
        }
    }

    /// <summary>vma->anon_vma is set.</summary>
    public bool MayHaveCopies => (State.Raw & HasAnonVma) != 0;

    /// <summary>Which of the mapping's PMDs covers a page.</summary>
    public int PmdOf(int page) => HasRoomForHuge ? (page + Colour) / HugePagePages : 0;

    /// <summary>The first page that a PMD covers, if the mapping reached that far down.</summary>
    public int FirstPageOf(int pmd) => HasRoomForHuge ? (pmd * HugePagePages) - Colour : 0;

    /// <summary>The page after the last that a PMD covers, if the mapping reached that far up.</summary>
    public int EndPageOf(int pmd) => HasRoomForHuge ? FirstPageOf(pmd) + HugePagePages : Pages;

    /// <summary>By how many pages addresses are ahead of file offsets, modulo the huge page.</summary>
    public int Colour => MachineLayout.ColourOf(Spec);

    /// <summary>The page table lock of a page's page table.</summary>
    public Mutex PtlOf(int page) => new(Machine.Current.Places.Ptl + Machine.Current.Places.FirstPmd[Index] + PmdOf(page));

    /// <summary>A page middle directory entry.</summary>
    public Word<Pmd> Pmd(int pmd) => new(Machine.Current.Places.Pmds + Machine.Current.Places.FirstPmd[Index] + pmd);

    /// <summary>The page table entry of a page.</summary>
    public Word<Pte> Pte(int page) => new(Machine.Current.Places.Ptes + MappedPage(page));

    /// <summary>The page's number among all mapped pages.</summary>
    public int MappedPage(int page) => Machine.Current.Places.FirstMappedPage[Index] + page;

    private static int HugePagePages => Machine.Current.Program.HugePagePages;
}
