namespace Faultline.Kernel.Values;

/// <summary>What a DAX fault returns: a result, and for VM_FAULT_NEEDDSYNC the page whose PTE is still to be inserted.</summary>
/// <param name="Code">The result.</param>
/// <param name="Pfn">The page.</param>
public readonly record struct DaxFaultResult(VmFault Code, Pfn Pfn)
{
    /// <summary>A result without a page.</summary>
    public static implicit operator DaxFaultResult(VmFault code) => new(code, default);
}
