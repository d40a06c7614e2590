using Faultline.Explain.Stories;

namespace Faultline.Explain.Json;

/// <summary>
/// What <c>explain --json</c> prints: one finding, told. Its version is raised when a member is renamed, removed or changes its meaning; new
/// members may be added at any time.
/// </summary>
/// <param name="SchemaVersion"><see cref="ExplainJson.SchemaVersion"/>.</param>
/// <param name="Tool">Version of Faultline.</param>
/// <param name="Path">Path of the test's file, as it was given.</param>
/// <param name="Schedule">The schedule, <c>1 1 0 0:1</c>: which thread moves, a colon before an alternative other than 0; null: none.</param>
/// <param name="Story">The story: timeline, call stacks, state before and after, outcome, analysis.</param>
public sealed record ExplainDocument(int SchemaVersion, string Tool, string Path, string? Schedule, Story Story);
