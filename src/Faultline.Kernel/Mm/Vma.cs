using Faultline.Engine.Sync;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Programs;
using Faultline.Kernel.Values;

namespace Faultline.Kernel.Mm;

/// <summary>A mapping of the one address space (<c>struct vm_area_struct</c>) and its part of the page table.</summary>
/// <param name="Index">Its index in the program.</param>
public readonly record struct Vma(int Index)
{
    /// <summary>VM_SHARED.</summary>
    public bool IsShared => Spec.Shared;

    /// <summary>VM_WRITE.</summary>
    public bool IsWritable => Spec.Writable;

    /// <summary>The file.</summary>
    public Inode Inode => new(Spec.File);

    /// <summary>Pages, from file offset 0.</summary>
    public int Pages => Inode.Pages;

    /// <summary>The page table lock.</summary>
    public Mutex Ptl => new(Machine.Current.Places.Ptl + Index);

    private MapSpec Spec => Machine.Current.Maps[Index];

    /// <summary>The page table entry of a page.</summary>
    public Word<Pte> Pte(int page) => new(Machine.Current.Places.Ptes + MappedPage(page));

    /// <summary>The page's number among all mapped pages.</summary>
    public int MappedPage(int page) => Machine.Current.Places.FirstMappedPage[Index] + page;
}

/// <summary>A fault being handled (<c>struct vm_fault</c>), passed by value.</summary>
/// <param name="Vma">Where.</param>
/// <param name="Page">Page of the mapping, and of the file.</param>
/// <param name="Flags">Why.</param>
/// <param name="OrigPte">The PTE as first seen.</param>
/// <param name="CowPage">The page to copy into, for a private store.</param>
public readonly record struct VmFaultInfo(Vma Vma, int Page, FaultFlags Flags, Pte OrigPte, Pfn CowPage)
{
    /// <summary>A store.</summary>
    public bool IsWrite => (Flags & FaultFlags.Write) != 0;

    /// <summary>There is a page to copy into.</summary>
    public bool HasCowPage => CowPage.Kind != PfnKind.None;

    /// <summary>The PTE's slot.</summary>
    public Word<Pte> Pte => Vma.Pte(Page);

    /// <summary>The page table lock.</summary>
    public Mutex Ptl => Vma.Ptl;
}
