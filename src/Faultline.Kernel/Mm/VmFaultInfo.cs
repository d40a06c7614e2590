using Faultline.Engine.Sync;
using Faultline.Kernel.Values;

namespace Faultline.Kernel.Mm;

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

    /// <summary>The PMD's slot; only where huge pages have room.</summary>
    public Word<Pmd> Pmd => Vma.Pmd(Vma.PmdOf(Page));

    /// <summary>The page table lock.</summary>
    public Mutex Ptl => Vma.PtlOf(Page);

    /// <summary>The first page of the range that a huge page would map.</summary>
    public int HugeStart => Vma.FirstPageOf(Vma.PmdOf(Page));
}
