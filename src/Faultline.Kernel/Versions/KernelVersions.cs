namespace Faultline.Kernel.Versions;

/// <summary>
/// The versions that are modelled, oldest first. A release is what all the changes up to it make (<see cref="BehaviourChanges"/>);
/// the mail's experiments are v4.12 with the series and one way or another to treat a present PTE.
/// </summary>
public static class KernelVersions
{
    private static readonly string[] Releases =
    [
        "v4.10", "v4.11", "v4.12", "v4.13", "v4.14", "v4.15", "v4.17", "v4.19", "v4.20", "v5.1", "v5.6", "v5.10", "v5.13", "v5.19",
        "v6.1", "v6.12", "v6.15", "v6.18", "v7.3",
    ];

    /// <summary>All of them.</summary>
    public static IReadOnlyList<KernelVersion> All { get; } = [.. Releases.SelectMany(WithExperiments)];

    /// <summary>
    /// The version of that name: a modelled release, an experiment, or either with commits taken out (<c>v4.20~0e40de0338d0</c>).
    /// </summary>
    /// <returns>Null when there is none; <see cref="WhyNot"/> says why.</returns>
    public static KernelVersion? Find(string name) => WhyNot(name) is null ? Build(name.Split('~')) : null;

    /// <summary>Why a name stands for no version; null when it does.</summary>
    public static string? WhyNot(string name)
    {
        string[] parts = name.Split('~');
        KernelVersion? version = Base(parts[0]);
        if (version is null)
        {
            return $"unknown kernel '{parts[0]}'";
        }

        foreach (string commit in parts.Skip(1))
        {
            IReadOnlyList<BehaviourChange> changes = BehaviourChanges.WithCommit(commit);
            if (changes.Count == 0)
            {
                return $"unknown commit '{commit}'";
            }

            if (!changes.Any(c => c.IsIn(version)))
            {
                return $"{version.Name} does not have {changes[0]}";
            }

            version = Without(version, changes);
        }

        return null;
    }

    private static KernelVersion? Base(string name) =>
        All.FirstOrDefault(v => string.Equals(v.Name, name, StringComparison.OrdinalIgnoreCase));

    private static KernelVersion Build(string[] parts)
    {
        KernelVersion version = Base(parts[0])!;
        foreach (string commit in parts.Skip(1))
        {
            version = Without(version, BehaviourChanges.WithCommit(commit));
        }

        return version;
    }

    // A commit that changed several behaviours goes as a whole.
    private static KernelVersion Without(KernelVersion version, IReadOnlyList<BehaviourChange> changes) =>
        changes.Where(c => c.IsIn(version)).Aggregate(version, (v, c) => c.TakenOutOf(v)) with
        {
            Name = $"{version.Name}~{changes[0].Commit}",
        };

    private static IEnumerable<KernelVersion> WithExperiments(string name)
    {
        KernelVersion version = Released(name);
        return name == "v4.12" ? [version, .. Experiments(version)] : [version];
    }

    private static KernelVersion Released(string name)
    {
        Release release = Release.Parse(name);
        var version = new KernelVersion(name) { FunctionNames = FunctionNames.Of(release) };
        foreach (IGrouping<Behaviour, BehaviourChange> changes in BehaviourChanges.All.GroupBy(c => c.Behaviour))
        {
            object value = changes.LastOrDefault(c => c.Since <= release)?.After ?? changes.First().Before;
            version = changes.Key.With(version, value);
        }

        return version;
    }

    private static IEnumerable<KernelVersion> Experiments(KernelVersion v412)
    {
        KernelVersion series = v412 with
        {
            HoleBacking = HoleBacking.CommonZeroPage,
            SharedStoreInsert = SharedStoreInsert.WritableAtOnce,
        };
        yield return series with { Name = "v4.12+mkwrite-v3", PresentPte = PresentPte.ReuseUnseen };
        yield return series with { Name = "v4.12+pfn-ebusy", PresentPte = PresentPte.OtherPfnBusy };
        yield return series with { Name = "v4.12+pfn-warn", PresentPte = PresentPte.OtherPfnWarnsAlways };
    }
}
