using System.Reflection;
using System.Text;

namespace Faultline.Engine.Coroutines;

/// <summary>The name to print for a coroutine where it is not the method's name in lower case with underscores.</summary>
/// <param name="name">As the modelled source spells it, e.g. <c>__handle_mm_fault</c>.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class KernelNameAttribute(string name) : Attribute
{
    /// <summary>The name as printed.</summary>
    public string Name { get; } = name;
}

/// <summary>How coroutines are named in reports.</summary>
public static class KernelNames
{
    private static readonly string?[] Known = new string?[FrameTypes.Capacity];

    /// <summary>The name of the function whose frame has this id: <c>InsertPfn</c> is <c>insert_pfn</c>.</summary>
    public static string OfFrame(int frameId) => Known[frameId] ??= Find(frameId);

    private static string Find(int frameId)
    {
        MethodInfo method = FrameTypes.MethodOf(frameId);
        return method.GetCustomAttribute<KernelNameAttribute>()?.Name ?? Spell(method.Name);
    }

    /// <summary><c>DaxIomapPteFault</c> as <c>dax_iomap_pte_fault</c>; digits stay with the word before them.</summary>
    public static string Spell(string pascal)
    {
        var name = new StringBuilder(pascal.Length + 8);
        foreach (char c in pascal)
        {
            if (char.IsUpper(c) && name.Length > 0)
            {
                name.Append('_');
            }

            name.Append(char.ToLowerInvariant(c));
        }

        return name.ToString();
    }
}
