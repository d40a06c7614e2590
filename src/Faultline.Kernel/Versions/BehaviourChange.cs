using System.Reflection;

namespace Faultline.Kernel.Versions;

/// <summary>A property of <see cref="KernelVersion"/>, as the things that go over all behaviours see it.</summary>
/// <param name="Name">Name of the property.</param>
/// <param name="Bit">Its place in <see cref="KernelVersion.Asked"/>.</param>
/// <param name="Property">The property.</param>
public sealed record Behaviour(string Name, int Bit, PropertyInfo Property)
{
    /// <summary>All behaviours, in the order of the record.</summary>
    public static IReadOnlyList<Behaviour> All { get; } =
    [
        .. typeof(KernelVersion).GetProperties()
            .Where(p => p.PropertyType.IsEnum && p.Name != nameof(KernelVersion.Mutation))
            .Select((p, i) => new Behaviour(p.Name, i, p)),
    ];

    /// <summary>The behaviour of that name.</summary>
    public static Behaviour Named(string name) => All.Single(b => b.Name == name);

    /// <summary>What a version does. Does not count as asking.</summary>
    public object Of(KernelVersion version) => Property.GetValue(version.Unasked())!;

    /// <summary>A copy of a version that does something else.</summary>
    public KernelVersion With(KernelVersion version, object value)
    {
        KernelVersion copy = version.Unasked();
        Property.SetValue(copy, value);
        return copy;
    }
}

/// <summary>One commit that changed one behaviour.</summary>
/// <param name="Commit">Its mainline id, abbreviated.</param>
/// <param name="Title">Its title.</param>
/// <param name="Since">The first release that has it.</param>
/// <param name="Behaviour">What it changed.</param>
/// <param name="Before">What kernels did before.</param>
/// <param name="After">What kernels do since.</param>
public sealed record BehaviourChange(
    string Commit, string Title, Release Since, Behaviour Behaviour, object Before, object After)
{
    /// <summary>Makes one.</summary>
    public static BehaviourChange Of<T>(string since, string behaviour, T before, T after, string commit, string title)
        where T : struct, Enum =>
        new(commit, title, Release.Parse(since), Behaviour.Named(behaviour), before, after);

    /// <summary>The version with this commit's change of this behaviour taken out.</summary>
    public KernelVersion TakenOutOf(KernelVersion version) => Behaviour.With(version, Before);

    /// <summary>Does the version do what this commit brought?</summary>
    public bool IsIn(KernelVersion version) => Behaviour.Of(version).Equals(After);

    /// <inheritdoc/>
    public override string ToString() => $"{Commit} \"{Title}\" ({Since})";
}
