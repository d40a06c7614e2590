using System.Text.Json;
using Faultline.Explain.Json;

namespace Faultline.Explain.Versions;

/// <summary>
/// What <c>kernels --json</c> prints: one object. Its version is raised when a member is renamed, removed or changes its meaning; new
/// members may be added at any time.
/// </summary>
/// <param name="SchemaVersion"><see cref="CurrentSchema"/>.</param>
/// <param name="Versions">The modelled versions, oldest first; an experiment stands behind the release it is made from.</param>
/// <param name="Behaviours">All behaviours.</param>
public sealed record VersionsDocument(int SchemaVersion, IReadOnlyList<VersionEntry> Versions, IReadOnlyList<BehaviourValues> Behaviours)
{
    /// <summary>Version of the schema.</summary>
    public const int CurrentSchema = 1;

    /// <summary>Writes the document.</summary>
    /// <param name="output">Where to, as UTF-8.</param>
    public void Write(Stream output)
    {
        ArgumentNullException.ThrowIfNull(output);
        JsonSerializer.Serialize(output, this, ReadableJson.Context.VersionsDocument);
        output.WriteByte((byte)'\n');
    }
}

/// <summary>A modelled version.</summary>
/// <param name="Name">As <c>--kernel</c> takes it.</param>
/// <param name="From">The version it is told from: the release before it; of an experiment, its release; null: the oldest.</param>
/// <param name="Commits">The commits that make the difference to it; of the oldest: all that can be taken out of it.</param>
/// <param name="Features">What programs can ask for since this version.</param>
/// <param name="Experiment">Behaviours that an experiment changes, without a commit.</param>
public sealed record VersionEntry(
    string Name,
    string? From,
    IReadOnlyList<VersionCommit> Commits,
    IReadOnlyList<FeatureEntry> Features,
    IReadOnlyList<ChangedBehaviour> Experiment);

/// <summary>A commit.</summary>
/// <param name="Id">Its mainline id, abbreviated: what <c>VERSION~COMMIT</c> takes out.</param>
/// <param name="Title">Its title.</param>
/// <param name="Since">The first release that has it; it need not be modelled.</param>
/// <param name="Changes">What it changed.</param>
public sealed record VersionCommit(string Id, string Title, string Since, IReadOnlyList<ChangedBehaviour> Changes);

/// <summary>A change of a behaviour.</summary>
/// <param name="Behaviour">The behaviour.</param>
/// <param name="Before">What kernels did before.</param>
/// <param name="After">What they do since.</param>
public sealed record ChangedBehaviour(string Behaviour, string Before, string After);

/// <summary>Something that programs can ask for only since some release.</summary>
/// <param name="Name">As users know it.</param>
/// <param name="Since">First release.</param>
/// <param name="Commit">The commit that brought it.</param>
public sealed record FeatureEntry(string Name, string Since, string Commit);

/// <summary>A behaviour on every version.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Values">What each version does, by the version's name.</param>
public sealed record BehaviourValues(string Name, IReadOnlyDictionary<string, string> Values);
